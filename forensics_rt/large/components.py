"""Connected regions of a mask whose rows come in chunks, joined across the borders of chunks."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

# Of one part, with its share of the arrays that are made while parts become regions.
BYTES_PER_PART = 256


@dataclass(frozen=True, eq=False)
class Components:
    """The connected regions (8-neighbors) of a whole mask, in arrays of one entry a region.

    Attributes:
        of_part: Region of each part, in the order in which `ChunkLabels` numbered the parts.
        area: Pixels.
        top: First row.
        left: First column.
        bottom: Last row, excluded.
        right: Last column, excluded.
        first: Place of the first pixel in reading order, row · width + column.
        block: Place of the first 2×2 block in reading order: where OpenCV meets the region, and by
            which it numbers regions.
        convincing: Whether enough pixels reached the high threshold.
    """

    of_part: npt.NDArray[np.int64]
    area: npt.NDArray[np.int64]
    top: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    bottom: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    block: npt.NDArray[np.int64]
    convincing: npt.NDArray[np.bool_]


def label(mask: npt.NDArray[np.bool_]) -> tuple[int, npt.NDArray[np.int32]]:
    """Count and number the parts of a chunk, from 1 on, the same each time; 0 is background."""
    if not mask.any():
        return 0, np.zeros(mask.shape, np.int32)
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    return count - 1, np.asarray(labels, np.int32)


class ChunkLabels:
    """Numbers the parts of chunk after chunk and remembers which of them touch.

    Args:
        width: Of the mask in pixels.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._parents = array("q")  # of each part; the first part of a region is its own
        self._stats: list[npt.NDArray[np.int64]] = []
        self._convincing: list[npt.NDArray[np.int64]] = []
        self._last = np.full(width, -1, np.int64)
        self._rows = 0

    @property
    def parts(self) -> int:
        """How many parts there are so far."""
        return len(self._parents)

    def add(self, mask: npt.NDArray[np.bool_], peaks: npt.NDArray[np.bool_]) -> None:
        """Take the next rows.

        Args:
            mask: N×W.
            peaks: N×W, where a pixel of the mask is convincing.
        """
        count, labels = label(mask)
        offset = self.parts
        self._parents.extend(range(offset, offset + count))
        self._stats.append(_measure(labels, count, self._rows))
        self._convincing.append(np.bincount(labels[peaks], minlength=count + 1)[1:])
        numbered = labels[[0, -1]].astype(np.int64) + (offset - 1)
        numbered[labels[[0, -1]] == 0] = -1
        self._join(self._last, numbered[0])
        self._last = numbered[1]
        self._rows += len(mask)

    def components(self, high_area: int = 1) -> Components:
        """Return the regions, in the reading order of their first pixels within a chunk.

        Args:
            high_area: How many convincing pixels make a region convincing.
        """
        root = self._roots()
        _, of_part = np.unique(root, return_inverse=True)
        count = int(of_part.max()) + 1 if len(of_part) else 0
        stats = np.concatenate(self._stats) if self._stats else np.empty((0, 7), np.int64)
        self._stats.clear()
        merged = [np.zeros(count, np.int64)]
        np.add.at(merged[0], of_part, stats[:, 0])
        for column in (1, 2, 5, 6):
            lowest = np.full(count, np.iinfo(np.int64).max)
            np.minimum.at(lowest, of_part, stats[:, column])
            merged.append(lowest)
        for column in (3, 4):
            highest = np.zeros(count, np.int64)
            np.maximum.at(highest, of_part, stats[:, column])
            merged.append(highest)
        area, top, left, first, block, bottom, right = merged
        reached = np.zeros(count, np.int64)
        if self._convincing:
            np.add.at(reached, of_part, np.concatenate(self._convincing))
        convincing = reached >= high_area
        return Components(of_part, area, top, left, bottom, right, first, block, convincing)

    def _join(self, above: npt.NDArray[np.int64], below: npt.NDArray[np.int64]) -> None:
        """Join the parts of two neighboring rows that touch, diagonally or straight."""
        touching = []
        for shift in (-1, 0, 1):
            upper = above[max(-shift, 0) : self._width - max(shift, 0)]
            lower = below[max(shift, 0) : self._width - max(-shift, 0)]
            both = (upper >= 0) & (lower >= 0)
            touching.append(np.stack([upper[both], lower[both]], axis=1))
        for one, other in np.unique(np.concatenate(touching), axis=0).tolist():
            low, high = sorted((self._find(one), self._find(other)))
            self._parents[high] = low

    def _find(self, part: int) -> int:
        parents = self._parents
        while parents[part] != part:
            parents[part] = parents[parents[part]]  # halves the path for the next time
            part = parents[part]
        return part

    def _roots(self) -> npt.NDArray[np.int64]:
        roots = np.array(self._parents, np.int64)
        while not np.array_equal(further := roots[roots], roots):
            roots = further
        return roots


def _measure(labels: npt.NDArray[np.int32], count: int, row: int) -> npt.NDArray[np.int64]:
    """Return area, top, left, bottom, right, first pixel and first block of each part: parts×7."""
    height, width = labels.shape
    stats = np.empty((count, 7), np.int64)
    if count == 0:
        return stats
    places = np.flatnonzero(labels)
    parts = labels.ravel()[places] - 1
    rows, columns = np.divmod(places, width)
    stats[:, 0] = np.bincount(parts, minlength=count)
    stats[:, 5] = _first(places, parts, count) + row * width
    stats[:, 1] = stats[:, 5] // width
    stats[parts, 3] = rows + (row + 1)  # in reading order, so the last row stays
    lefts, rights = np.full(count, width), np.zeros(count, np.int64)
    np.minimum.at(lefts, parts, columns)
    np.maximum.at(rights, parts, columns + 1)
    stats[:, 2], stats[:, 4] = lefts, rights
    # Blocks lie on even rows and columns of the image. Pixels of one block touch, so all that are
    # not background have one label.
    even = np.pad(labels, ((row % 2, (row + height) % 2), (0, width % 2)))
    blocks = np.maximum(
        np.maximum(even[::2, ::2], even[::2, 1::2]), np.maximum(even[1::2, ::2], even[1::2, 1::2])
    )
    places = np.flatnonzero(blocks)
    first = _first(places, blocks.ravel()[places] - 1, count)
    stats[:, 6] = first + row // 2 * blocks.shape[1]
    return stats


def _first(
    places: npt.NDArray[np.int64], parts: npt.NDArray[np.int32], count: int
) -> npt.NDArray[np.int64]:
    first = np.empty(count, np.int64)
    first[parts[::-1]] = places[::-1]  # from the last pixel to the first, so the first stays
    return first
