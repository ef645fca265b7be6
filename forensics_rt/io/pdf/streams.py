"""The images of a page as they are stored: their bytes, their JPEGs, and whether they are whole."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.io.limits import check_size
from forensics_rt.io.page_report import PixelBox
from forensics_rt.io.pdf.colors import mode_of
from forensics_rt.io.pdf.things import StoredImage, Thing

_JPEG, _DEFLATE = "DCTDecode", "FlateDecode"


@dataclass(frozen=True)
class StoredStream:
    """The bytes of an image of a page.

    Attributes:
        filters: What compresses them, the outermost first.
        data: The bytes, as they are in the file.
        size: Samples across and down that the page says there are.
        mode: Their pixel mode, as `colors.mode_of` has it.
        box: Where the image lies in the examined pixels.
    """

    filters: tuple[str, ...]
    data: bytes
    size: tuple[int, int]
    mode: str
    box: PixelBox

    @property
    def is_jpeg(self) -> bool:
        """Whether it is a JPEG and nothing besides."""
        return self.filters == (_JPEG,)


def stream_of(thing: Thing, image: StoredImage, box: PixelBox) -> StoredStream:
    """Take the bytes of an image off its page.

    Args:
        thing: The image.
        image: How it is stored.
        box: Where it lies in the examined pixels.
    """
    filters = tuple(thing.handle.get_filters())
    size = thing.handle.get_px_size()  # not of a finer mask
    return StoredStream(filters, bytes(thing.handle.get_data()), size, mode_of([image]), box)


def complaint_of(stream: StoredStream) -> str | None:
    """Say what is wrong with the bytes of an image; `None` if nothing is known to be."""
    if stream.filters and stream.filters[0] == _DEFLATE:
        complaint = deflate_complaint(stream.data)
        return complaint and f"its samples: {complaint}"
    return None


def small_jpeg(stream: StoredStream, name: str, max_pixels: int) -> Image.Image:
    """Decode a JPEG at an eighth of its size: a pixel for the mean of each block.

    It reads all of the JPEG, and takes half of the time.

    Raises:
        ImageTooLarge: If it is larger than the limit.
        Exception: Whatever Pillow raises on a damaged file.
    """
    jpeg: Image.Image = Image.open(io.BytesIO(stream.data), formats=("JPEG",))
    size = jpeg.size
    check_size(name, size, max_pixels)
    jpeg.draft(None, (max(size[0] // 8, 1), max(size[1] // 8, 1)))
    jpeg.load()
    jpeg.info["full_size"] = size
    return jpeg


def blocks_apart(
    pixels: npt.NDArray[np.uint8], small: Image.Image, box: PixelBox, levels: int
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
    if small.info["full_size"] != box[2:] or left < 0 or top < 0 or left % 8 or top % 8:
        return None
    means = np.asarray(small.convert("RGB"))[top // 8 :, left // 8 :]
    if not height or not width or means.shape[0] < height or means.shape[1] < width:
        return None
    whole = pixels[: height * 8, : width * 8]
    shown = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.absdiff(shown, means[:height, :width]).max(axis=2) > levels)


def deflate_complaint(data: bytes) -> str | None:
    """Say what is wrong with deflated bytes; `None` for nothing.

    Example:
        >>> deflate_complaint(zlib.compress(b"cut off")[:-2])
        'deflated data end before they are complete'
    """
    inflater = zlib.decompressobj()
    if not data:  # qpdf writes an empty stream so
        return None
    try:
        left = data
        while left and not inflater.eof:
            inflater.decompress(left, 1 << 20)
            left = inflater.unconsumed_tail
    except zlib.error as error:
        return f"deflated data are damaged: {error}"
    return None if inflater.eof else "deflated data end before they are complete"
