"""Tiles of what a JPEG says of itself: its coefficients, and the table that they are divided by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.plan.schedule import Batch

DCT = "dct"
QUANTIZATION = "quantization"


@dataclass(frozen=True, eq=False)
class TileCoefficients:
    """What a network that reads a JPEG's own numbers takes beside the pixels of a batch.

    Attributes:
        dct: N×H×W int32: coefficients of luma where their blocks lie, frequency (u, v) of a block
            at its row u and column v; 0 where there are none.
        quantization: N×8×8 int32: the table of each tile, laid out alike.

    Example:
        >>> blank_coefficients((2, 16, 24)).dct.shape
        (2, 16, 24)
    """

    dct: npt.NDArray[np.int32]
    quantization: npt.NDArray[np.int32]

    def feeds(self) -> dict[str, npt.NDArray[np.int32]]:
        """Return the arrays by the names of the graph's inputs."""
        return {DCT: self.dct, QUANTIZATION: self.quantization}

    def part(self, first: int, end: int) -> TileCoefficients:
        """Return those of a part of the batch."""
        return TileCoefficients(self.dct[first:end], self.quantization[first:end])


def blank_coefficients(shape: tuple[int, ...]) -> TileCoefficients:
    """Return coefficients of gray pages, for runs whose answers nobody reads.

    Args:
        shape: (N, H, W).
    """
    return TileCoefficients(np.zeros(shape, np.int32), np.ones((shape[0], 8, 8), np.int32))


def gather_coefficients(
    dct: npt.NDArray[np.int16], quantization: npt.NDArray[np.uint16], batch: Batch, top: int = 0
) -> TileCoefficients:
    """Return the coefficients of the tiles of a batch.

    Beyond the image there are no blocks, so the coefficients there are 0: pixels can be reflected,
    but a block that is cut by the edge cannot.

    Args:
        dct: Of the image: H×W, sides rounded up to multiples of 8.
        quantization: 8×8.
        batch: Which tiles; none of them is turned.
        top: Row of the image that `dct` begins with.

    Raises:
        ValueError: If a tile is turned, or starts inside a block.
    """
    tiles = np.zeros((len(batch.views), *batch.views[0].shape), np.int32)
    for view, out in zip(batch.views, tiles, strict=True):
        tile = view.tile
        if view.symmetry != "identity" or tile.top % 8 or tile.left % 8:
            raise ValueError(
                f"coefficients are cut in whole blocks and never turned, but {view} is not so"
            )
        rows = slice(tile.top - top, tile.top - top + tile.height)
        cut = dct[rows, tile.left : tile.left + tile.width]
        out[: cut.shape[0], : cut.shape[1]] = cut
    return TileCoefficients(tiles, np.tile(quantization.astype(np.int32), (len(tiles), 1, 1)))
