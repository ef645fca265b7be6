"""Ways from the file of a page to its probability map: ours, and what a user would pick instead."""
