"""What is wrong with a whole file, by what its kind says of its own structure."""

from __future__ import annotations

from collections.abc import Callable

from forensics_rt.io.damage.boxes import box_complaint, chunk_complaint
from forensics_rt.io.damage.jpeg2000 import jpeg2000_complaint
from forensics_rt.io.damage.png import png_complaint

_BY_KIND: dict[str, Callable[[bytes], str | None]] = {
    "PNG": png_complaint,
    "JPEG2000": jpeg2000_complaint,
    "WEBP": chunk_complaint,
    "AVIF": box_complaint,
    "HEIF": box_complaint,
}


def file_complaint(data: bytes, kind: str | None) -> str | None:
    """Say what is wrong with the structure of a file; a JPEG and a TIFF are asked on decoding.

    Args:
        data: The file.
        kind: Its format, as Pillow names it.

    Returns:
        The reason as a phrase; `None` where nothing is wrong, or the kind has no such structure.

    Example:
        >>> file_complaint(b"", "BMP") is None
        True
    """
    check = _BY_KIND.get(kind or "")
    return None if check is None else check(data)
