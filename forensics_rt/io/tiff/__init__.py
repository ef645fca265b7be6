"""TIFF files: where their pages lie, and each of them opened there."""
