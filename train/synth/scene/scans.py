"""Real scans and photographs as scenes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PilImage

from train.synth.scene.base import Image, Scene, Word
from train.synth.scene.detect_words import detect_words, split_line, spread_line
from train.synth.split import part_of

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}


@dataclass(frozen=True)
class ScanLibrary:
    """Files of authentic images.

    Attributes:
        files: Image files, sorted.
        boxes: Folder, or folders, with one CSV of text lines per image, or None.
        trim: Share of the height that is cut off at the bottom.
        spread: Give words their text also where gaps and spaces of a line disagree in number.
    """

    files: tuple[str, ...]
    boxes: str | tuple[str, ...] | None = None
    trim: float = 0.0
    spread: bool = False

    def load(self, path: str, shrink: bool = True) -> Image:
        """Decode one file as H×W×3 uint8 RGB, as stored (orientation tags are ignored).

        Args:
            path: File of this library.
            shrink: Halve images above 5 megapixels, so that their text has usual sizes.

        Raises:
            ValueError: If the file is not an image.
        """
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        image = cv2.imread(path, flags)
        if image is None:
            raise ValueError(f"{path} must be an image file, but could not be decoded")
        if shrink and image.shape[0] * image.shape[1] > 5_000_000:
            image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(image[..., ::-1])

    def pick(self, rng: np.random.Generator) -> str:
        """Return the path of a random file."""
        return self.files[int(rng.integers(len(self.files)))]

    def scene(self, path: str) -> Scene:
        """Return a file as a scene; its words come from its CSV or are detected."""
        image = self.load(path)
        if self.trim:
            image = np.ascontiguousarray(image[: round(image.shape[0] * (1 - self.trim))])
        return Scene(image, self._words(path, image), Path(path).name, real=True)

    def _words(self, path: str, image: Image) -> tuple[Word, ...]:
        folders = (self.boxes,) if isinstance(self.boxes, str) else self.boxes or ()
        sheets = (Path(folder) / f"{Path(path).stem}.csv" for folder in folders)
        sheet = next((sheet for sheet in sheets if sheet.is_file()), None)
        if sheet is None:
            return detect_words(image)
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        words: list[Word] = []
        # Boxes are those of the file, which may be larger than what was made of it.
        scale = image.shape[1] / _width(path) if self.spread else 1.0
        for line in read_lines(sheet, image.shape[1], image.shape[0], scale):
            words.extend(spread_line(gray, line) if self.spread else split_line(gray, line))
        return tuple(words)


def _width(path: str) -> int:
    with PilImage.open(path) as picture:
        return int(picture.width)


def read_lines(path: Path, width: int, height: int, scale: float = 1.0) -> list[Word]:
    """Read the text lines of one image from `x1,y1,...,x4,y4,text` rows.

    Args:
        path: CSV file; the text may hold commas.
        width: Width of the image, to clip the boxes.
        height: Height of the image.
        scale: Size of the image over that which the file is about.

    Returns:
        One word per line of the file; broken rows are left out.
    """
    lines = []
    with path.open(encoding="utf-8", errors="replace", newline="") as handle:
        for row in csv.reader(handle, quoting=csv.QUOTE_NONE):
            if len(row) < 9 or not all(cell.strip().isdigit() for cell in row[:8]):
                continue
            xs = [round(int(c) * scale) for c in row[0:8:2]]
            ys = [round(int(c) * scale) for c in row[1:8:2]]
            box = (max(min(xs), 0), max(min(ys), 0), min(max(xs), width), min(max(ys), height))
            if box[2] - box[0] >= 6 and 6 <= box[3] - box[1] <= 120:
                lines.append(Word(*box, text=",".join(row[8:]).strip()))
    return lines


def find_images(folders: Sequence[str | Path], held_out: bool | None) -> tuple[str, ...]:
    """List the images in some folders.

    Args:
        folders: Folders, searched without subfolders.
        held_out: True for the held-out tenth, False for the rest, None for all.

    Returns:
        Sorted paths.
    """
    files = [p for f in folders for p in Path(f).iterdir() if p.suffix.lower() in _SUFFIXES]
    ordered = [str(p) for p in sorted(files, key=lambda p: (p.name, str(p)))]
    return tuple(part_of(ordered, held_out))
