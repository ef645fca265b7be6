"""Writing a detection: pictures first, the JSON that says they are whole last."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from forensics_rt.errors import OutputError
from forensics_rt.io.image_files import write_image
from forensics_rt.io.names import printable
from forensics_rt.io.writers import remove, write_json
from forensics_rt.results.provenance import Provenance
from forensics_rt.system.arguments import of_kind

if TYPE_CHECKING:  # a detection writes itself with what is here
    from forensics_rt.results.detection import Detection

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
    detection: Detection,
    base: Path,
    overlay: bool = True,
    annotate: Callable[[dict[str, Any], Path], None] | None = None,
    meanwhile: Executor | None = None,
) -> dict[str, Any]:
    """Write a detection beside a base path, each file whole or not at all, the JSON last.

    Args:
        detection: What to write.
        base: Folder and start of the file names.
        overlay: Whether to write the overlay.
        annotate: Writes a copy of the PDF that the image is a page of, given what the JSON will
            say and where to write; `None` for no copy.
        meanwhile: Where the map is compressed while regions are found and the overlay is drawn;
            `None` for this thread.

    Returns:
        What the JSON file holds: `Detection.to_dict`, with the seconds of `encode` (mask, regions,
        pictures, compression and writing, the JSON itself excepted).

    Raises:
        OutputError: If a file cannot be written; what was there before is gone.
    """
    start = time.perf_counter()
    remove_detection(base)  # nothing of an earlier one must pass for a part of this one
    map_file = beside(base, ".probability.png")
    written: Future[None] | None = None
    if meanwhile is None:
        _write_map(map_file, detection.probability)
    else:
        written = meanwhile.submit(_write_map, map_file, detection.probability)
    document = detection.to_dict()
    mask = detection.mask.view(np.uint8) * np.uint8(255)
    write_image(beside(base, ".mask.png"), mask)
    if detection.uncertainty is not None:
        _write_map(beside(base, ".uncertainty.png"), detection.uncertainty)
    if overlay:
        turned = document["exif_orientation"]
        write_image(beside(base, ".overlay.jpg"), detection.overlay(), turned)
    if written is not None:
        written.result()
    if annotate is not None:
        annotate(document, beside(base, ANNOTATED))
    document["seconds"]["encode"] = round(time.perf_counter() - start, 6)
    write_json(beside(base, ".json"), document)
    return document


def map_in_16_bits(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint16]:
    """Return a map as saved files have it: H×W uint16, in which 65535 is 1."""
    scaled = values * np.float32(65535)
    rounded: npt.NDArray[np.uint16] = np.rint(scaled, out=scaled).astype(np.uint16)
    return rounded


def place_for(
    folder: str | Path, stem: str | PurePath | None, name: str, provenance: Provenance
) -> Path:
    """Return the base path of a detection's files, and refuse that of another image's.

    Args:
        folder: Where they go.
        stem: Start of their names, whose detection is written over; `None` for the image's name.
        name: What the image is called.
        provenance: Of the detection.

    Raises:
        OutputError: If the JSON there belongs to an image of another sum, or to another page, or
            folder or stem is no path.
    """
    path = (str, os.PathLike)
    of_kind("folder", folder, path, "a path", OutputError)
    of_kind("stem", stem, (*path, type(None)), "a path or None", OutputError)
    if stem:
        return Path(folder) / stem
    base = Path(folder) / own_stem(name)
    file, wanted = beside(base, ".json"), (provenance.image_sha256, provenance.page)
    try:
        there = json.loads(file.read_bytes())
        owner, of = there["name"], there["provenance"]
        found = (of["image_sha256"], of.get("page"))
    # Nothing there, or no detection: another program may have left anything.
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return base
    if found != wanted:
        which = "another page of it" if found[0] == wanted[0] else "another image by its SHA-256"
        raise OutputError(
            f"{printable(file)}: holds the result of {owner}, {which}; give "
            f"that of {name} a name of its own with `stem`, or write over it with "
            f"`stem={printable(base.name)!r}`"
        )
    return base


def remove_detection(base: Path) -> None:
    """Remove what `write_detection` wrote beside a base path, the JSON first.

    Raises:
        OutputError: If a file cannot be removed.
    """
    for suffix in _FILES:
        remove(beside(base, suffix))


def _write_map(file: Path, values: npt.NDArray[np.float32]) -> None:
    write_image(file, map_in_16_bits(values))
