"""Where a run keeps its files until they are whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import numpy as np

from forensics_rt.errors import OutputError
from forensics_rt.io.writers import unwritable
from forensics_rt.large.result import MapFormat


def disk_bytes(pixels: int, map_format: MapFormat, maps: int) -> int:
    """Return what maps and mask take on disk while they are made.

    All lie there uncompressed when the first pyramid is written, and beside them its smaller levels
    (a third) and its TIFF, which compression may leave as large as they are (four thirds).

    Args:
        pixels: Of the image.
        map_format: Number format of the maps.
        maps: One, or two where there is an uncertainty.
    """
    size = np.dtype(map_format).itemsize
    return pixels * (1 + maps * size) + pixels * size * 5 // 3


@contextmanager
def workspace(out: Path, needed: int) -> Iterator[Path]:
    """Make a hidden folder in the output folder and remove it at the end, whatever happens.

    A process that is killed leaves the folder behind, `.….unfinished`, and nothing else.

    Args:
        out: The output folder; made if missing.
        needed: Bytes that will be written into it at least.

    Raises:
        OutputError: If the folder cannot be made, or the disk is or becomes full.
    """
    folder = out / f".{uuid4().hex}.unfinished"
    try:
        folder.mkdir(parents=True)
        try:
            free = shutil.disk_usage(folder).free
            if free < needed:
                raise OutputError(
                    f"{out}: must have {needed / 1e9:.2f} GB free for the maps while they are "
                    f"made, but has {free / 1e9:.2f} GB; free some space or give another folder"
                )
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise unwritable(out, error) from error
