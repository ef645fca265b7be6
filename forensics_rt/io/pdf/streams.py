"""The images of a page as they are stored: their bytes, their JPEGs, and whether they are whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from pypdfium2 import raw

from forensics_rt.io.damage.fax import fax_complaint
from forensics_rt.io.damage.jpeg import decode_small, jpeg_complaint, jpeg_header
from forensics_rt.io.damage.jpeg2000 import jpeg2000_complaint
from forensics_rt.io.damage.zlib import zlib_complaint
from forensics_rt.io.limits import check_size
from forensics_rt.io.pdf.image_facts import FaxCoding, ImageFacts
from forensics_rt.io.pdf.page_report import PixelBox
from forensics_rt.io.pdf.things import StoredImage, Thing

_JPEG, _DEFLATE, _JPEG_2000, _FAX = "DCTDecode", "FlateDecode", "JPXDecode", "CCITTFaxDecode"
# Of libjpeg's words for the colors of a JPEG.
_MODES = {"Gray": "L", "YCbCr": "RGB"}


@dataclass(frozen=True)
class StoredStream:
    """The bytes of an image of a page.

    Attributes:
        image: How the image is stored.
        data: The bytes, with nothing undone but what is not among the filters of `image`.
        size: Samples across and down that the page says there are.
        box: Where the image lies in the examined pixels.
        fax: How fax data is coded; `None` for other data.
        complaint: What is wrong with them, as far as that is known already.
    """

    image: StoredImage
    data: bytes
    size: tuple[int, int]
    box: PixelBox
    fax: FaxCoding | None = None
    complaint: str | None = None


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


def stream_of(thing: Thing, image: StoredImage, box: PixelBox, facts: ImageFacts) -> StoredStream:
    """Take the bytes of an image off its page.

    Args:
        thing: The image.
        image: How it is stored.
        box: Where it lies in the examined pixels.
        facts: What it says of itself.
    """
    handle, row, all_filters = thing.handle, facts.row_bytes, list(thing.handle.get_filters())
    size = handle.get_px_size()  # not of a finer mask
    data, complaint = bytes(handle.get_data()), None
    is_deflated = all_filters == [_DEFLATE]
    if all_filters[:1] == [_DEFLATE]:
        # Inflated once, to see whether it is whole and long enough.
        expected = row * size[1] if is_deflated and row is not None else None
        complaint = zlib_complaint(data, expected)
    if not image.filters and row is not None and not is_deflated:
        complaint = complaint or _too_short(handle, row, size[1])
    elif image.filters and len(all_filters) > len(image.filters):
        data = bytes(handle.get_data(decode_simple=True))
    return StoredStream(image, data, size, box, facts.fax, complaint)


def _too_short(handle: Any, row: int, height: int) -> str | None:
    """Say how many rows are missing of samples that no codec compresses: viewers fill them."""
    length = int(raw.FPDFImageObj_GetImageDataDecoded(handle, None, 0))
    if length >= row * height:
        return None
    return f"its data ends after {length // max(row, 1)} of {height} rows"


def check_stream(stream: StoredStream, name: str, max_pixels: int) -> SmallJpeg | None:
    """Look through all the bytes of an image.

    Returns:
        A JPEG at an eighth of its size, which decoding it to look through it gives; `None` for
        other images.

    Raises:
        ImageTooLarge: If it is a JPEG larger than the limit.
        ValueError: What is wrong with it, as a phrase.
    """
    complaint = stream.complaint
    if stream.image.filters == (_JPEG_2000,):
        complaint = complaint or jpeg2000_complaint(stream.data)
    elif stream.image.filters == (_FAX,):
        complaint = complaint or _fax_complaint(stream)
    if complaint is not None:
        raise ValueError(complaint)
    return _small_jpeg(stream, name, max_pixels) if stream.image.filters == (_JPEG,) else None


def _fax_complaint(stream: StoredStream) -> str | None:
    fax, height = stream.fax, stream.size[1]
    if fax is None:
        return None
    rows = fax.rows or height
    if rows < height:
        return f"its fax data has {rows} of {height} rows"
    return fax_complaint(
        stream.data, fax.columns, rows, fax.k, byte_aligned=fax.aligned, rest_allowed=True
    )


def _small_jpeg(stream: StoredStream, name: str, max_pixels: int) -> SmallJpeg:
    height, width, colors = jpeg_header(stream.data)
    check_size(name, (width, height), max_pixels)
    mode = _MODES.get(colors, colors)
    if mode in ("L", "RGB"):
        return SmallJpeg((width, height), mode, decode_small(stream.data, "RGB"))
    complaint = jpeg_complaint(stream.data)
    if complaint is not None:
        raise ValueError(complaint)
    return SmallJpeg((width, height), mode, None)


def blocks_apart(
    pixels: npt.NDArray[np.uint8], small: SmallJpeg, box: PixelBox, levels: int
) -> npt.NDArray[np.bool_] | None:
    """Return which blocks of 8×8 pixels differ from those of a JPEG by more than some levels.

    Args:
        pixels: H×W×3 uint8 RGB.
        small: What `check_stream` returned.
        box: Where the JPEG lies in these pixels.
        levels: Of 255.

    Returns:
        `None` where the pixels are not samples of the JPEG, or its blocks not theirs.
    """
    left, top = -box[0], -box[1]
    height, width = pixels.shape[0] // 8, pixels.shape[1] // 8
    if small.means is None or small.size != box[2:]:
        return None
    if left < 0 or top < 0 or left % 8 or top % 8:
        return None
    means = small.means[top // 8 :, left // 8 :]
    if not height or not width or means.shape[0] < height or means.shape[1] < width:
        return None
    whole = pixels[: height * 8, : width * 8]
    shown = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.absdiff(shown, means[:height, :width]).max(axis=2) > levels)
