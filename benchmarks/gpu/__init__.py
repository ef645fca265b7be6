"""The ways through a page on a GPU, against each other and against the original system's way."""
