"""A JPEG's own numbers: its quantized coefficients and their table, read without any loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.errors import ImageTooLarge
from forensics_rt.io.damage.jpeg import jpeg_header
from forensics_rt.io.jpeg_library import read_luma

BLOCK = 8
_LARGEST_SIDE = 65_500  # that libjpeg writes
# Color spaces whose first component is luma, in simplejpeg's words.
_WITH_LUMA = ("YCbCr", "Gray")


@dataclass(frozen=True, eq=False)
class Coefficients:
    """What a JPEG says of its luma.

    Attributes:
        dct: H×W int16, sides rounded up to multiples of 8: frequency (u, v) of each block at its
            row u and column v, as the file has it, divided by the table and clipped.
        quantization: 8×8 uint16: what was divided by.
    """

    dct: npt.NDArray[np.int16]
    quantization: npt.NDArray[np.uint16]

    def of_rows(self, top: int, pixels: npt.NDArray[np.uint8]) -> Coefficients:
        """Return those of rows of the image.

        Args:
            top: The first row, which begins a block.
            pixels: The rows, of which the count is taken alone.
        """
        return replace(self, dct=self.dct[top : top + _rounded_up(len(pixels))])


class CoefficientRows(Protocol):
    """What gives the coefficients of an image by rows; `Coefficients` of the whole image do."""

    def of_rows(self, top: int, pixels: npt.NDArray[np.uint8]) -> Coefficients:
        """Return those of rows.

        Args:
            top: The first row, which begins a block.
            pixels: The rows: N×W×3 RGB. Where the image goes on below, N is a multiple of 8.
        """
        ...


@dataclass(frozen=True)
class CopiedCoefficients:
    """Coefficients of a JPEG that is made of an image, made row by row.

    A block depends on its own pixels alone, so they are those of a copy of the whole image.

    Attributes:
        limit: Coefficients are clipped to ± so much.
        name: Of the image.
    """

    limit: int
    name: str

    def of_rows(self, top: int, pixels: npt.NDArray[np.uint8]) -> Coefficients:
        """Return those of rows."""
        del top
        return recompressed_coefficients(pixels, self.limit, self.name)


def stored_coefficients(data: bytes, size: tuple[int, int], limit: int) -> Coefficients | str:
    """Read the coefficients of luma from a JPEG.

    Args:
        data: The file.
        size: Height and width of its pixels as they were decoded.
        limit: Coefficients are clipped to ± so much.

    Returns:
        The coefficients, or why there are none to be had, as a phrase.

    Raises:
        OptionalDependency: If the package that reads them is missing.
        OSError: If there is no room for a temporary file: the package reads files alone.
    """
    try:
        height, width, colors = jpeg_header(data, strict=False)
    except ValueError as error:
        return f"its header is unusual: {error}"
    if colors not in _WITH_LUMA:
        return f"its color space is {colors}, which has no luma"
    if (height, width) != size:
        return f"the file stores {width}×{height} pixels, not those examined"
    # In each subsampling that has a name, luma has a block for every 8×8 pixels.
    found = read_luma(data, *(-(-side // BLOCK) for side in size))
    return found if isinstance(found, str) else laid_out(*found, limit)


def recompressed_coefficients(
    pixels: npt.NDArray[np.uint8], limit: int, name: str, quality: int = 100
) -> Coefficients:
    """Return the coefficients of a JPEG that is made of the pixels.

    Args:
        pixels: H×W×3 RGB.
        limit: Coefficients are clipped to ± so much.
        name: What to call the image.
        quality: Of the JPEG; 100 divides by 1.

    Raises:
        ImageTooLarge: If a side is longer than that of any JPEG.
        OptionalDependency: If the package that reads them is missing.
    """
    if max(pixels.shape[:2]) > _LARGEST_SIDE:
        raise ImageTooLarge(
            name,
            f"has a side of {max(pixels.shape[:2])} pixels, and this bundle reads coefficients of "
            f"JPEG, which ends at {_LARGEST_SIDE}; cut it into parts",
        )
    # Luma is the same with less chroma, which takes time.
    options = [
        *(cv2.IMWRITE_JPEG_QUALITY, quality),
        *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420),
    ]
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    found = stored_coefficients(encoded.tobytes(), pixels.shape[:2], limit)
    if isinstance(found, str):
        raise ValueError(f"{name}: a JPEG made a moment ago gives no coefficients: {found}")
    return found


def laid_out(
    blocks: npt.NDArray[np.int16], table: npt.NDArray[np.uint16], limit: int
) -> Coefficients:
    """Put the coefficients of each block where its pixels are.

    Args:
        blocks: Rows×columns×8×8, of luma, as a file stores them.
        table: 8×8.
        limit: Coefficients are clipped to ± so much.
    """
    rows, columns = blocks.shape[:2]
    # The 16 bytes of a block's row are moved as one: five times as fast as one by one.
    moved = blocks.view(np.complex128)[..., 0].transpose(0, 2, 1).copy()
    dct = moved.view(np.int16).reshape(rows * BLOCK, columns * BLOCK)
    return Coefficients(np.clip(dct, -limit, limit, out=dct), table)


def _rounded_up(side: int) -> int:
    return -(-side // BLOCK) * BLOCK
