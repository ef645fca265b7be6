"""The images of a page as they are stored: their bytes, their JPEGs, and whether they are whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg

from forensics_rt.io.damage import (
    fax_complaint,
    jpeg2000_complaint,
    jpeg_complaint,
    zlib_complaint,
)
from forensics_rt.io.damage.jpeg import decode_small
from forensics_rt.io.limits import check_size
from forensics_rt.io.pdf.colors import mode_of
from forensics_rt.io.pdf.fax_coding import FaxCoding
from forensics_rt.io.pdf.page_report import PixelBox
from forensics_rt.io.pdf.things import StoredImage, Thing

_JPEG, _DEFLATE, _JPEG_2000, _FAX = "DCTDecode", "FlateDecode", "JPXDecode", "CCITTFaxDecode"
# Of libjpeg's words for the colors of a JPEG.
_MODES = {"Gray": "L", "YCbCr": "RGB"}


@dataclass(frozen=True)
class StoredStream:
    """The bytes of an image of a page.

    Attributes:
        filters: What compresses them, the outermost first, less those that are undone.
        data: The bytes, without what these filters did.
        size: Samples across and down that the page says there are.
        mode: Their pixel mode, as `colors.mode_of` has it.
        box: Where the image lies in the examined pixels.
        fax: How fax data is coded; `None` for other data.
        complaint: What is wrong with them, as far as that is known already.
    """

    filters: tuple[str, ...]
    data: bytes
    size: tuple[int, int]
    mode: str
    box: PixelBox
    fax: FaxCoding | None = None
    complaint: str | None = None

    @property
    def is_jpeg(self) -> bool:
        """Whether it is a JPEG and nothing besides."""
        return self.filters == (_JPEG,)


@dataclass(frozen=True)
class SmallJpeg:
    """A JPEG at an eighth of its size.

    Attributes:
        size: Its own width and height in pixels.
        mode: Its pixel mode, in Pillow's words.
        means: Of each block of 8×8 pixels its mean, H×W×3 uint8 RGB; `None` for other colors.
    """

    size: tuple[int, int]
    mode: str
    means: npt.NDArray[np.uint8] | None


def stream_of(
    thing: Thing,
    image: StoredImage,
    box: PixelBox,
    fax: FaxCoding | None = None,
    row: int | None = None,
) -> StoredStream:
    """Take the bytes of an image off its page.

    Args:
        thing: The image.
        image: How it is stored.
        box: Where it lies in the examined pixels.
        fax: How fax data is coded; `None` for other data.
        row: Bytes of a row of samples that no codec compresses; `None` where that is not known.
    """
    handle = thing.handle
    all_filters, filters = list(handle.get_filters()), tuple(handle.get_filters(skip_simple=True))
    size = handle.get_px_size()  # not of a finer mask
    data, complaint = bytes(handle.get_data()), None
    if all_filters == [_DEFLATE] and data and row is not None:
        complaint = zlib_complaint(data, row * size[1])  # inflated once, for both
    elif all_filters[:1] == [_DEFLATE]:
        complaint = deflate_complaint(data)
    if not filters and row is not None and all_filters != [_DEFLATE]:
        complaint = complaint or _too_short(handle, row, size[1])
    elif filters and len(all_filters) > len(filters):
        data = bytes(handle.get_data(decode_simple=True))
    return StoredStream(filters, data, size, mode_of([image]), box, fax, complaint)


def _too_short(handle: Any, row: int, height: int) -> str | None:
    """Say how many rows are missing of samples that no codec compresses: viewers fill them."""
    from pypdfium2 import raw

    length = int(raw.FPDFImageObj_GetImageDataDecoded(handle, None, 0))
    if length >= row * height:
        return None
    return f"its data ends after {length // max(row, 1)} of {height} rows"


def complaint_of(stream: StoredStream) -> str | None:
    """Say what is wrong with the bytes of an image; `None` if nothing is known to be.

    A JPEG is left to `small_jpeg`, which decodes it anyway.
    """
    if stream.complaint is not None:
        return stream.complaint
    if stream.filters == (_JPEG_2000,):
        return jpeg2000_complaint(stream.data)
    if stream.filters == (_FAX,) and stream.fax is not None:
        fax = stream.fax
        rows = fax.rows or stream.size[1]
        if rows < stream.size[1]:
            return f"its fax data has {rows} of {stream.size[1]} rows"
        return fax_complaint(
            stream.data, fax.columns, rows, fax.k, byte_aligned=fax.aligned, rest_allowed=True
        )
    return None


def small_jpeg(stream: StoredStream, name: str, max_pixels: int) -> SmallJpeg:
    """Decode a JPEG at an eighth of its size: a pixel for the mean of each block.

    It reads all of the JPEG, and takes a third of the time.

    Raises:
        ImageTooLarge: If it is larger than the limit.
        ValueError: What libjpeg says of a damaged JPEG.
    """
    height, width, colors, _ = simplejpeg.decode_jpeg_header(stream.data)
    check_size(name, (width, height), max_pixels)
    mode = _MODES.get(colors, colors)
    if mode not in ("L", "RGB"):
        complaint = jpeg_complaint(stream.data)
        if complaint is not None:
            raise ValueError(complaint)
        return SmallJpeg((width, height), mode, None)
    return SmallJpeg((width, height), mode, decode_small(stream.data, "RGB"))


def blocks_apart(
    pixels: npt.NDArray[np.uint8], small: SmallJpeg, box: PixelBox, levels: int
) -> npt.NDArray[np.bool_] | None:
    """Return which blocks of 8×8 pixels differ from those of a JPEG by more than some levels.

    Args:
        pixels: H×W×3 uint8 RGB.
        small: What `small_jpeg` returned.
        box: Where the JPEG lies in these pixels.
        levels: Of 255.

    Returns:
        `None` where the pixels are not samples of the JPEG, or its blocks not theirs.
    """
    left, top = -box[0], -box[1]
    height, width = pixels.shape[0] // 8, pixels.shape[1] // 8
    if small.size != box[2:] or left < 0 or top < 0 or left % 8 or top % 8:
        return None
    if small.means is None:
        return None
    means = small.means[top // 8 :, left // 8 :]
    if not height or not width or means.shape[0] < height or means.shape[1] < width:
        return None
    whole = pixels[: height * 8, : width * 8]
    shown = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.absdiff(shown, means[:height, :width]).max(axis=2) > levels)


def deflate_complaint(data: bytes) -> str | None:
    r"""Say what is wrong with deflated bytes; `None` for nothing, also of no bytes at all.

    Example:
        >>> deflate_complaint(b"\x78\x9c")
        'the deflated data ends too early'
    """
    return zlib_complaint(data) if data else None  # qpdf writes an empty stream so
