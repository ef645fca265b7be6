"""Maps too large for memory: planes of numbers on disk, and the tiled pyramid TIFF made of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt

from forensics_rt.io.optional import load_optional

TILE = 256
Shrink = Literal["mean", "max"]


@dataclass(frozen=True)
class RawPlane:
    """One number a pixel in a file without header, row by row.

    Attributes:
        path: The file.
        height: Rows.
        width: Numbers a row.
        kind: `uint8` or `float32`.
    """

    path: Path
    height: int
    width: int
    kind: Literal["uint8", "float32"]

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.width * np.dtype(self.kind).itemsize

    def read(self, stream: BinaryIO, top: int, bottom: int) -> npt.NDArray[Any]:
        """Read rows from the opened file."""
        stream.seek(top * self.row_bytes)
        rows = np.fromfile(stream, self.kind, (bottom - top) * self.width)
        return rows.reshape(bottom - top, self.width)

    def halved(self) -> RawPlane:
        """Return where the plane of half the size goes; an odd side is rounded up."""
        half = self.path.with_name(self.path.name + ".half")
        return RawPlane(half, -(-self.height // 2), -(-self.width // 2), self.kind)


def write_pyramid(plane: RawPlane, target: Path, shrink: Shrink) -> None:
    """Write a plane as a BigTIFF of 256×256 tiles with its reduced images behind it.

    Each level has half the sides of the one before, down to a single tile; every level is a page of
    its own, marked as a reduced image, as GDAL, OpenSlide and libvips read it. Lossless (deflate).
    Smaller levels lie beside the plane while they are needed.

    Args:
        plane: What to write.
        target: The file.
        shrink: How four numbers become one: their `mean`, or, for a mask that must not lose small
            regions, their `max`.

    Raises:
        OptionalDependency: If tifffile is not installed.
        OSError: If the disk is full.
    """
    tifffile = load_optional("tifffile", "large", "writing a tiled pyramid TIFF")
    with tifffile.TiffWriter(target, bigtiff=True) as writer:
        level, reduced = plane, False
        while True:
            smaller = level.halved() if max(level.height, level.width) > TILE else None
            writer.write(
                _tiles(level, smaller, shrink),
                shape=(level.height, level.width),
                dtype=level.kind,
                tile=(TILE, TILE),
                photometric="minisblack",
                compression="zlib",
                compressionargs={"level": 1},
                subfiletype=1 if reduced else 0,
                metadata=None,
                software="forensics_rt",
                maxworkers=1,
            )
            if reduced:
                level.path.unlink()
            if smaller is None:
                return
            level, reduced = smaller, True


def _tiles(level: RawPlane, smaller: RawPlane | None, shrink: Shrink) -> Iterator[npt.NDArray[Any]]:
    """Yield the tiles of a level, and write the level below on the way."""
    below = nullcontext() if smaller is None else smaller.path.open("wb")
    with level.path.open("rb") as stream, below as out:
        for top in range(0, level.height, TILE):
            rows = level.read(stream, top, min(top + TILE, level.height))
            if out is not None:
                halve(rows, shrink).tofile(out)
            for left in range(0, level.width, TILE):
                part = rows[:, left : left + TILE]
                tile = np.zeros((TILE, TILE), level.kind)
                tile[: part.shape[0], : part.shape[1]] = part
                yield tile


def halve(rows: npt.NDArray[Any], shrink: Shrink) -> npt.NDArray[Any]:
    """Return a plane of half the sides; the last row or column of an odd one counts twice.

    Args:
        rows: H×W, uint8 or float32.
        shrink: `mean` (of uint8 rounded to nearest, halves up) or `max`.

    Example:
        >>> halve(np.array([[0, 10, 4]], np.uint8), "mean").tolist()
        [[5, 4]]
    """
    height, width = rows.shape
    even = np.pad(rows, ((0, height % 2), (0, width % 2)), mode="edge")
    four = [even[i::2, j::2] for i in (0, 1) for j in (0, 1)]
    if shrink == "max":
        return np.asarray(np.maximum.reduce(four))
    if rows.dtype == np.uint8:
        return (np.sum(four, axis=0, dtype=np.uint16) + 2 >> 2).astype(np.uint8)
    return np.asarray((four[0] + four[1] + four[2] + four[3]) * np.float32(0.25))
