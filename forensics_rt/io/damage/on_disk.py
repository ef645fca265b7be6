"""What is wrong with a file too large for memory: it is looked through where it lies."""

from __future__ import annotations

import mmap
from pathlib import Path

from forensics_rt.io.damage.jpeg import jpeg_complaint
from forensics_rt.io.damage.png import png_complaint
from forensics_rt.io.damage.tiff import tiff_complaint
from forensics_rt.io.reading import opened
from forensics_rt.io.tiff.opening import opened_tiff_page


def complaint_on_disk(path: Path, kind: str) -> str | None:
    """Say what is wrong with a JPEG, a PNG or the first page of a TIFF.

    Args:
        path: The file; it is not empty.
        kind: Its format, as Pillow names it.

    Raises:
        ImageError: If it cannot be opened.
    """
    with opened(path) as stream:
        if kind == "TIFF":
            with opened_tiff_page(stream, 1, "") as (image, _):
                return tiff_complaint(stream, image.tag_v2)
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return png_complaint(data) if kind == "PNG" else jpeg_complaint(data)
