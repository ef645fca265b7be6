"""The DCT coefficients of the brightness of a JPEG, measured from its decoded pixels.

The decoder that examines the image is the only one that reads it: no second one is given bytes of
unknown origin. Nearly all are those that are stored; the others lie in blocks with black or white,
where the decoder cut values off.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import simplejpeg

from forensics_rt.io.damage.jpeg import jpeg_header

Floats = npt.NDArray[np.float32]
_MOST_BLOCKS = 40_000
_MOST_PIXELS = 200_000_000


def decoded_brightness(data: bytes) -> npt.NDArray[np.uint8]:
    """Decode the brightness of a JPEG, which is stored as such in gray and color files.

    Returns:
        H×W uint8.

    Raises:
        ValueError: What libjpeg-turbo says of a file that it does not decode, or if it has more
            than 200 million pixels.
    """
    height, width, _ = jpeg_header(data, strict=False)
    if height * width > _MOST_PIXELS:
        raise ValueError(f"the JPEG has {width}×{height} pixels, more than are measured")
    decoded: npt.NDArray[np.uint8] = simplejpeg.decode_jpeg(data, "GRAY", strict=False)
    return decoded[:, :, 0]


def block_coefficients(brightness: npt.NDArray[np.uint8], shift: int = 0) -> Floats:
    """Return the DCT coefficients of the blocks of 8×8 pixels.

    Args:
        brightness: H×W.
        shift: By how many pixels the grid of blocks is moved, 0 to 7; 0 for that of the file.

    Returns:
        N×8×8: rows are vertical frequencies. Blocks of one color are left out; of the others at
        most 40,000, evenly chosen.
    """
    moved = brightness[shift:, shift:]
    rows, columns = moved.shape[0] // 8, moved.shape[1] // 8
    blocks = moved[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).swapaxes(1, 2)
    blocks = blocks.reshape(-1, 8, 8)
    kept = np.flatnonzero(blocks.min(axis=(1, 2)) < blocks.max(axis=(1, 2)))
    every = max(1, -(-len(kept) // _MOST_BLOCKS))
    chosen = blocks[kept[::every]].astype(np.float32) - 128
    return np.asarray(_DCT @ chosen @ _DCT.T, np.float32)


def _dct_matrix() -> Floats:
    frequency, place = np.mgrid[0:8, 0:8]
    matrix = np.cos((2 * place + 1) * frequency * np.pi / 16) / 2
    matrix[0] = np.sqrt(1 / 8)
    return np.asarray(matrix, np.float32)


_DCT = _dct_matrix()
