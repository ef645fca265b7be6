"""One CSV of text lines per image, in the form of the ICDAR receipts: x1,y1,…,x4,y4,text."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from forensics_rt.io.writers import write_atomically
from train.synth.scene.base import Image
from train.synth.scene.scans import ScanLibrary, find_images
from train.text_lines.reader import LineReader

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextLine:
    """A line of text on an image.

    Attributes:
        corners: Four corners, x and y in pixels, clockwise from the upper left one.
        text: What it says.
    """

    corners: tuple[tuple[float, float], ...]
    text: str

    def row(self) -> str:
        """Return the line as a row of a CSV; corners outside the image come to its border.

        Example:
            >>> TextLine(((1.2, 0), (9, 0), (9, 5), (1, 5)), "Total").row()
            '1,0,9,0,9,5,1,5,Total'
        """
        numbers = [str(max(0, round(value))) for corner in self.corners for value in corner]
        return ",".join([*numbers, " ".join(self.text.split())])


def write_sheet(path: Path, lines: Iterable[TextLine]) -> None:
    """Write the lines of one image; the file appears complete or not at all."""
    text = "".join(line.row() + "\n" for line in lines)
    write_atomically(path, text.encode())


def read_folder(images: Path, out: Path, reader: LineReader, least: float = 0.6) -> tuple[int, int]:
    """Read every image of a folder whose CSV is not there yet.

    Args:
        images: Folder of images.
        out: Folder of the CSV files; made if missing.
        reader: What reads a picture.
        least: Least confidence of a line to be kept, 0 to 1.

    Returns:
        How many images were read, and how many had been before.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = find_images((images,), None)
    missing = [file for file in files if not _sheet(out, file).is_file()]
    library = ScanLibrary(files)
    for file in missing:
        picture = library.load(file, shrink=False)
        lines = lines_of(picture, reader, least)
        write_sheet(_sheet(out, file), lines)
        _log.info("%s: %d lines", Path(file).name, len(lines))
    return len(missing), len(files) - len(missing)


def lines_of(picture: Image, reader: LineReader, least: float) -> Sequence[TextLine]:
    """Return the lines that a reader is sure enough of."""
    return [
        TextLine(corners, text)
        for corners, text, confidence in reader(picture)
        if confidence >= least and text.strip()
    ]


def _sheet(out: Path, file: str) -> Path:
    return out / f"{Path(file).stem}.csv"
