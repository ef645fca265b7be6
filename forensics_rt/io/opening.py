"""Opening an image with Pillow: which kinds, of any size, and why one cannot be opened."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from forensics_rt.errors import ImageUnreadable, OptionalDependency
from forensics_rt.io.codec_errors import said_by
from forensics_rt.io.damage.png import png_complaint
from forensics_rt.io.formats import FORMATS, HEAD_BYTES
from forensics_rt.io.unread_kinds import unread_kind

_MOST_LOOKED_THROUGH = 64_000_000
_PILLOW_LIMIT = threading.Lock()


@contextmanager
def open_encoded(data: bytes | BinaryIO, name: str) -> Iterator[Image.Image]:
    """Open an encoded image of one of `io.formats.FORMATS`, of any size; nothing is decoded.

    Args:
        data: The file, or a stream of it, which stays open.
        name: What to call it in errors.

    Raises:
        ImageUnreadable: If it is none, its header is damaged, or a package that its format needs is
            missing.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    formats = _formats_for(stream, name)
    with without_pillows_limit():
        try:
            image = Image.open(stream, formats=formats)
        except UnidentifiedImageError as error:
            raise ImageUnreadable(name, _reason_it_is_unknown(stream)) from error
        except Exception as error:  # as above all: no contract
            stream.seek(0)
            reason = (
                unread_kind(stream.read(HEAD_BYTES)) or f"the header is damaged: {said_by(error)}"
            )
            raise ImageUnreadable(name, reason) from error
    with image:
        yield image


def _formats_for(stream: BinaryIO, name: str) -> tuple[str, ...]:
    """Return the formats that Pillow may try, with the plug-in that one of them needs."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    for one in FORMATS:
        if one.plugin is not None and one.plugin.recognizes(head):
            try:
                one.plugin.register()
            except OptionalDependency as error:
                raise ImageUnreadable(name, str(error)) from error
            return (one.name,)
    return tuple(one.name for one in FORMATS if one.plugin is None)


@contextmanager
def without_pillows_limit() -> Iterator[None]:
    """Lift Pillow's limit on pixels: it is one for the process, and ours is per call."""
    with _PILLOW_LIMIT:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def room_to_decode(image: Image.Image) -> AbstractContextManager[None]:
    """Lift it where decoding would ask for it once more."""
    # Pillow does so of a TIFF. One too large for it is decoded alone.
    if not isinstance(image, TiffImageFile):
        return nullcontext()
    with _PILLOW_LIMIT:
        limit = Image.MAX_IMAGE_PIXELS
    large = limit is not None and image.width * image.height > limit
    return without_pillows_limit() if large else nullcontext()


def opened_anew(image: Image.Image) -> Image.Image:
    """Return a TIFF opened once more, so that decoding it leaves the caller's as it was.

    Other images, and those whose pixels are there already, are returned themselves.
    """
    if not (isinstance(image, TiffImageFile) and image.tile and image.fp):
        return image
    image.fp.seek(0)
    anew = TiffImageFile(image.fp)
    anew.seek(image.tell())
    return anew


def _reason_it_is_unknown(stream: BinaryIO) -> str:
    stream.seek(0)
    data = stream.read(_MOST_LOOKED_THROUGH)
    whole = len(data) < _MOST_LOOKED_THROUGH
    kinds = ", ".join(one.name for one in FORMATS)
    return (
        (unread_kind(data))
        or (png_complaint(data) if whole else None)
        or f"not an image in a known format ({kinds})"
    )
