"""What calibration keeps of one labeled image: counts for every pair of thresholds, no pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.medium.kinds import UNKNOWN
from forensics_rt.plan.score import image_score

Counts = npt.NDArray[np.int64]

# Dense towards both ends, because confident networks crowd there.
THRESHOLDS = (
    *(0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1),
    *(round(0.05 * step, 2) for step in range(3, 18)),
    *(0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999),
)


@dataclass(frozen=True, eq=False)
class Observation:
    """One labeled image, seen through every pair of thresholds of a grid of T values.

    Entry [i, j] of a T×T table belongs to threshold `grid[i]` and high threshold `grid[j]`; for j ≤
    i that is the plain threshold. Counts of several images over one grid add up.

    Attributes:
        group: Images of one origin share a group; a split never tears it apart.
        raw_score: Raw score of the image (`plan.score`), in [0, 1].
        forged: Whether a pixel of it is forged; `None` where only ignored pixels are, so that
            nobody can tell.
        hits: T×T, forged pixels in the mask.
        false_alarms: T×T, authentic pixels in the mask.
        forged_pixels: How many pixels are marked as forged.
        authentic_pixels: How many are marked as authentic.
        medium: Name of the image's medium, or `unknown`.
    """

    group: str
    raw_score: float
    forged: bool | None
    hits: Counts
    false_alarms: Counts
    forged_pixels: int
    authentic_pixels: int
    medium: str = UNKNOWN


def threshold_grid(also: Sequence[float | None] = ()) -> tuple[float, ...]:
    """Return the rising thresholds that decisions are chosen from, 0.5 among them.

    Args:
        also: Values that must be on it, such as those of the decision in force.
    """
    return tuple(sorted({*THRESHOLDS, *(value for value in also if value is not None)}))


def observe(
    probability: npt.NDArray[np.float32],
    mask: npt.NDArray[np.uint8],
    grid: Sequence[float],
    group: str,
    medium: str = UNKNOWN,
) -> Observation:
    """Count what every decision of a grid would find in one image, exactly as `plan.mask` does.

    Args:
        probability: H×W float32 in [0, 1].
        mask: H×W uint8: 0 authentic, 1 forged, 255 ignored.
        grid: T rising thresholds, at most 254.
        group: What the image has in common with others of its origin.
        medium: Name of its medium, or `unknown`.

    Example:
        >>> page = np.array([[0.4, 0.9, 0.0, 0.4]], np.float32)
        >>> seen = observe(page, np.array([[1, 1, 0, 0]], np.uint8), (0.3, 0.8), "page")
        >>> seen.hits.tolist(), seen.false_alarms.tolist()
        ([[2, 2], [1, 1]], [[1, 0], [0, 0]])
    """
    # How many thresholds a pixel reaches; compared in float32, as the mask is.
    steps = np.asarray(grid, np.float32)
    levels = np.searchsorted(steps, probability, side="right").astype(np.uint8)
    forged, authentic = mask == 1, mask == 0
    hits = np.zeros((len(grid), len(grid)), np.int64)
    false_alarms = np.zeros_like(hits)
    inside = np.flatnonzero(levels)
    for index in range(len(grid)):
        # Masks only shrink: what is outside one is outside all that follow.
        inside = inside[levels.ravel()[inside] > index]
        if not len(inside):
            break
        mask = (levels > index).view(np.uint8)
        count, found = cv2.connectedComponents(mask, connectivity=8)
        regions = np.asarray(found).ravel()[inside].astype(np.intp)
        peaks = np.zeros(count, np.uint8)
        np.maximum.at(peaks, regions, levels.ravel()[inside])
        for table, of_kind in ((hits, forged), (false_alarms, authentic)):
            sizes = np.bincount(regions[of_kind.ravel()[inside]], minlength=count)
            table[index] = _reaching(peaks, sizes, len(grid))
    return Observation(
        group=group,
        raw_score=image_score(probability),
        forged=True if forged.any() else False if authentic.all() else None,
        hits=hits,
        false_alarms=false_alarms,
        forged_pixels=int(forged.sum()),
        authentic_pixels=int(authentic.sum()),
        medium=medium,
    )


def _reaching(peaks: npt.NDArray[np.uint8], sizes: npt.NDArray[np.intp], steps: int) -> Counts:
    # Entry j: pixels of the regions whose peak reaches threshold j, that is, has a level above j.
    of_level = np.bincount(peaks, sizes, minlength=steps + 1)
    reaching: Counts = np.rint(of_level[::-1].cumsum()[::-1][1:]).astype(np.int64)
    return reaching
