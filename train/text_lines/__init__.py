"""Text lines of scans that nobody has annotated: boxes and words, read once and kept as CSV."""

from train.text_lines.reader import LineReader, open_reader
from train.text_lines.sheets import TextLine, read_folder, write_sheet

__all__ = ["LineReader", "TextLine", "open_reader", "read_folder", "write_sheet"]
