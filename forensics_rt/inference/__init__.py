"""Everything between an image and its maps."""
