"""The image formats that are read, a row each. A new format is a row here.

PDF is a document, not an image: see `io.pdf`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from typing import Protocol

import PIL

from forensics_rt.io import heic
from forensics_rt.io.damage.boxes import box_complaint, chunk_complaint
from forensics_rt.io.damage.jpeg2000 import jpeg2000_complaint
from forensics_rt.io.damage.png import png_complaint
from forensics_rt.io.pdf.signature import PDF

# Those that `io.header` lets through to be read row by row.
READ_BY_BANDS = ("JPEG", "PNG", "TIFF")
# How much of a file a plug-in is shown.
HEAD_BYTES = 64
_DECODERS_OF_PDF = ("pypdfium2", "pikepdf")


class Plugin(Protocol):
    """A module that teaches Pillow a format."""

    def recognizes(self, head: bytes) -> bool:
        """Return whether a file that starts with these `HEAD_BYTES` bytes is of the format."""
        ...

    def register(self) -> None:
        """Add the format to Pillow; `OptionalDependency` if a package is missing."""
        ...


@dataclass(frozen=True)
class ImageFormat:
    """One format.

    Attributes:
        name: What Pillow calls it, such as `JPEG`.
        suffixes: Of its files, in lower case.
        variants: What else Pillow may call such a file once it is open.
        packages: What decodes it besides Pillow.
        complaint: Says what is wrong with the structure of a whole file, as a phrase, or `None`.
            Formats without it are judged while they are decoded.
        plugin: What teaches Pillow the format; `None` if Pillow knows it.
    """

    name: str
    suffixes: tuple[str, ...]
    variants: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    complaint: Callable[[bytes], str | None] | None = None
    plugin: Plugin | None = None


# A closed list: Pillow also opens PostScript by starting another program, among other surprises.
FORMATS: tuple[ImageFormat, ...] = (
    ImageFormat(
        "JPEG",
        (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
        variants=("MPO",),
        packages=("simplejpeg",),
    ),
    ImageFormat("PNG", (".png", ".apng"), complaint=png_complaint),
    ImageFormat("WEBP", (".webp",), complaint=chunk_complaint),
    ImageFormat("TIFF", (".tif", ".tiff")),
    ImageFormat("BMP", (".bmp",)),
    ImageFormat("GIF", (".gif",)),
    ImageFormat("PPM", (".ppm", ".pgm", ".pbm", ".pnm")),
    ImageFormat(
        "JPEG2000",
        (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
        complaint=jpeg2000_complaint,
    ),
    ImageFormat("AVIF", (".avif", ".avifs"), complaint=box_complaint),
    ImageFormat(
        "HEIF",
        (".heic", ".heif", ".hif"),
        packages=("pi_heif",),
        complaint=box_complaint,
        plugin=heic,
    ),
)


def format_of(kind: str | None) -> ImageFormat | None:
    """Return the format that Pillow calls by a name; `None` if there is none.

    Example:
        >>> format_of("MPO").name
        'JPEG'
    """
    found = (one for one in FORMATS if kind == one.name or kind in one.variants)
    return next(found, None)


def file_complaint(data: bytes, kind: str | None) -> str | None:
    """Say what is wrong with the structure of a whole file.

    Args:
        data: The file.
        kind: Its format, as Pillow names it.

    Returns:
        The reason as a phrase; `None` where nothing is wrong, or the format is judged while it is
        decoded.
    """
    known = format_of(kind)
    return None if known is None or known.complaint is None else known.complaint(data)


@lru_cache
def decoder_versions(kind: str) -> Mapping[str, str]:
    """Return the version of each package that decodes a kind of file.

    Args:
        kind: `DecodedImage.format`.

    Example:
        >>> sorted(decoder_versions("PDF"))
        ['pikepdf', 'pillow', 'pypdfium2']
    """
    known = format_of(kind)
    besides = _DECODERS_OF_PDF if kind == PDF else () if known is None else known.packages
    return {"pillow": PIL.__version__} | {name: metadata.version(name) for name in besides}
