"""The images of a page as they are stored: their bytes, their JPEGs, and whether they are whole."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass

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
    size = image.width, image.height
    return StoredStream(filters, bytes(thing.handle.get_data()), size, mode_of([image]), box)


def complaint_of(stream: StoredStream) -> str | None:
    """Say what is wrong with the bytes of an image; `None` if nothing is known to be."""
    if stream.filters and stream.filters[0] == _DEFLATE:
        return _deflate_complaint(stream.data)
    return None


def stored_jpeg(stream: StoredStream, name: str, max_pixels: int) -> Image.Image:
    """Decode the JPEG that is an image of a page.

    Raises:
        ImageTooLarge: If it is larger than the page says, and than the limit.
        Exception: Whatever Pillow raises on a damaged file.
    """
    jpeg: Image.Image = Image.open(io.BytesIO(stream.data), formats=("JPEG",))
    check_size(name, jpeg.size, max_pixels)
    jpeg.load()
    return jpeg


def blocks_apart(
    first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8], levels: int
) -> npt.NDArray[np.bool_]:
    """Return which blocks of 8×8 pixels differ, in their mean, by more than some levels.

    Args:
        first: H×W×3 uint8.
        second: Likewise.
        levels: Of 255.
    """
    import cv2

    height, width = first.shape[:2]
    size = max(width // 8, 1), max(height // 8, 1)
    means = [cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) for pixels in (first, second)]
    return np.asarray(cv2.absdiff(*means).max(axis=2) > levels)


def _deflate_complaint(data: bytes) -> str | None:
    inflater = zlib.decompressobj()
    try:
        left = data
        while left and not inflater.eof:
            inflater.decompress(left, 1 << 20)
            left = inflater.unconsumed_tail
    except zlib.error as error:
        return f"its deflated samples are damaged: {error}"
    return None if inflater.eof else "its deflated samples end before they are complete"
