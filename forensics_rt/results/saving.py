"""Writing a detection: pictures first, the JSON that says they are whole last."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from forensics_rt.errors import OutputError
from forensics_rt.io.names import printable
from forensics_rt.io.writers import remove, write_image, write_json

# Of NAME.json, results.jsonl and summary.json: another number once a field goes or changes meaning.
RESULT_SCHEMA = 2
# A copy of the PDF with the regions as annotations.
ANNOTATED = ".annotated.pdf"
# The JSON says that the pictures are whole, so it goes first.
_FILES = (
    ".json",
    ".probability.png",
    ".mask.png",
    ".uncertainty.png",
    ".disagreement.png",  # as schema 1 called it
    ".overlay.jpg",
    ANNOTATED,
)


class Saved(Protocol):
    """What is written of a `Detection`, under the names that it has there."""

    @property
    def probability(self) -> npt.NDArray[np.float32]:
        """H×W in [0, 1]."""
        ...

    @property
    def uncertainty(self) -> npt.NDArray[np.float32] | None:
        """H×W, or `None`."""
        ...

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """H×W."""
        ...

    def overlay(self) -> npt.NDArray[np.uint8]:
        """Return the overlay, H×W×3 RGB."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the pixels."""
        ...


def beside(base: Path, suffix: str) -> Path:
    """Return a file's place: `a.jpg` and `a.png` in one folder must not share their results.

    Example:
        >>> beside(Path("out/a.jpg"), ".json").as_posix()
        'out/a.jpg.json'
    """
    return base.with_name(base.name + suffix)


def own_stem(name: str) -> str:
    """Return the stem of an image's results when nobody names one: the last part of its name.

    Example:
        >>> own_stem("in/scan.jpg"), own_stem("<bytes>"), own_stem("/")
        ('scan.jpg', 'bytes', 'image')
    """
    last = PurePath(name).name.strip("<>")
    # Neither may lead out of the folder.
    return "image" if last in ("", "..") else last


def write_detection(
    detection: Saved,
    base: Path,
    overlay: bool = True,
    annotate: Callable[[dict[str, Any], Path], None] | None = None,
) -> dict[str, Any]:
    """Write a detection beside a base path, each file whole or not at all, the JSON last.

    Args:
        detection: What to write.
        base: Folder and start of the file names.
        overlay: Whether to write the overlay.
        annotate: Writes a copy of the PDF that the image is a page of, given what the JSON will
            say and where to write; `None` for no copy.

    Returns:
        What the JSON file holds: `Detection.to_dict`, with the seconds of `encode` (mask, regions,
        pictures, compression and writing, the JSON itself excepted).

    Raises:
        OutputError: If a file cannot be written; what was there before is gone.
    """
    start = time.perf_counter()
    document = detection.to_dict()
    remove_detection(base)  # nothing of an earlier one must pass for a part of this one
    write_image(beside(base, ".probability.png"), _to_16_bit(detection.probability))
    mask = detection.mask.view(np.uint8) * np.uint8(255)
    write_image(beside(base, ".mask.png"), mask)
    if detection.uncertainty is not None:
        write_image(beside(base, ".uncertainty.png"), _to_16_bit(detection.uncertainty))
    if overlay:
        turned = document["exif_orientation"]
        write_image(beside(base, ".overlay.jpg"), detection.overlay(), turned)
    if annotate is not None:
        annotate(document, beside(base, ANNOTATED))
    document["seconds"]["encode"] = round(time.perf_counter() - start, 6)
    write_json(beside(base, ".json"), document)
    return document


def refuse_other_image(base: Path, name: str, sha256: str, page: int | None) -> None:
    """Refuse to write a detection over that of another image.

    Args:
        base: Where it would go.
        name: What its image is called.
        sha256: Of its image.
        page: Which page of the file it is; `None` for a file that is one image.

    Raises:
        OutputError: If the JSON there belongs to an image of another sum, or to another page.
    """
    file = beside(base, ".json")
    try:
        there = json.loads(file.read_bytes())
        owner, of = there["name"], there["provenance"]
        found = (of["image_sha256"], of.get("page"))
    except (OSError, ValueError, KeyError, TypeError):  # nothing there, or no detection
        return
    if found != (sha256, page):
        which = "another page of it" if found[0] == sha256 else "another image by its SHA-256"
        raise OutputError(
            f"{printable(file)}: holds the result of {owner}, {which}; give "
            f"that of {name} a name of its own with `stem`, or write over it with "
            f"`stem={printable(base.name)!r}`"
        )


def remove_detection(base: Path) -> None:
    """Remove what `write_detection` wrote beside a base path, the JSON first.

    Raises:
        OutputError: If a file cannot be removed.
    """
    for suffix in _FILES:
        remove(beside(base, suffix))


def _to_16_bit(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint16]:
    scaled = values * np.float32(65535)
    rounded: npt.NDArray[np.uint16] = np.rint(scaled, out=scaled).astype(np.uint16)
    return rounded
