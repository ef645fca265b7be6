"""A JPEG's own numbers: its quantized coefficients and their table, read without any loss."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.errors import ImageTooLarge
from forensics_rt.io.optional import load_optional

BLOCK = 8
PACKAGE = "jpeglib"
_EXTRA = "jpeg"
_LARGEST_SIDE = 65_500  # that libjpeg writes
# Color spaces whose first component is luma, in libjpeg's words.
_WITH_LUMA = ("JCS_YCbCr", "JCS_GRAYSCALE")


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


def load_reader() -> Any:
    """Import what reads the coefficients.

    Raises:
        OptionalDependency: If it is missing; the message says what to install.
    """
    return load_optional(PACKAGE, _EXTRA, "reading the coefficients of a JPEG")


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
    reader = load_reader()
    with tempfile.TemporaryDirectory(prefix="forensics_rt-") as folder:
        path = Path(folder, "page.jpg")
        path.write_bytes(data)
        try:
            read = reader.read_dct(str(path))
            blocks = read.Y
        except OSError as error:
            if error.errno is not None:  # of the system, and not the reader's own
                raise
            return f"{PACKAGE} cannot read them from this file"
    space = read.jpeg_color_space.name
    if space not in _WITH_LUMA:
        return f"its color space is {space.removeprefix('JCS_')}, which has no luma"
    if (read.height, read.width) != size:
        return f"the file stores {read.width}×{read.height} pixels, not those examined"
    return laid_out(blocks, read.get_component_qt(0), size, limit)


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
    options = [
        *(cv2.IMWRITE_JPEG_QUALITY, quality),
        *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
    ]
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    found = stored_coefficients(encoded.tobytes(), pixels.shape[:2], limit)
    if isinstance(found, str):
        raise ValueError(f"{name}: a JPEG made a moment ago gives no coefficients: {found}")
    return found


def laid_out(
    blocks: npt.NDArray[np.int16],
    table: npt.NDArray[np.uint16],
    size: tuple[int, int],
    limit: int,
) -> Coefficients:
    """Put the coefficients of each block where its pixels are.

    Args:
        blocks: Rows×columns×8×8, of luma, as a file stores them.
        table: 8×8.
        size: Height and width of the pixels.
        limit: Coefficients are clipped to ± so much.
    """
    rows, columns = (-(-side // BLOCK) for side in size)
    # A file may store blocks beyond the edge, to fill up those of chroma.
    dct = np.empty((rows * BLOCK, columns * BLOCK), np.int16)
    placed = dct.reshape(rows, BLOCK, columns, BLOCK)
    np.clip(blocks[:rows, :columns].transpose(0, 2, 1, 3), -limit, limit, out=placed)
    return Coefficients(dct, np.array(table, np.uint16))
