"""What calibration keeps of one labeled image: counts for every decision, and no pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.io.medium.kinds import UNKNOWN
from forensics_rt.plan.score import image_score

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Observation:
    """One labeled image, seen through every decision of a grid.

    The tables are those of `DecisionGrid`. Counts of several images over one grid add up.

    Attributes:
        group: Images of one origin share a group; a split never tears it apart.
        raw_score: Raw score of the image (`plan.score`), in [0, 1].
        forged: Whether a pixel of it is forged; `None` where only ignored pixels are, so that
            nobody can tell.
        hits: T×T×A, forged pixels in the mask.
        false_alarms: T×T×A, authentic pixels in the mask.
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


def observe(
    probability: npt.NDArray[np.float32],
    mask: npt.NDArray[np.uint8],
    grid: DecisionGrid,
    group: str,
    medium: str = UNKNOWN,
) -> Observation:
    """Count what every decision of a grid would find in one image, exactly as `plan.mask` does.

    Args:
        probability: H×W float32 in [0, 1].
        mask: H×W uint8: 0 authentic, 1 forged, 255 ignored.
        grid: The decisions.
        group: What the image has in common with others of its origin.
        medium: Name of its medium, or `unknown`.

    Example:
        >>> page = np.array([[0.4, 0.9, 0.0, 0.4]], np.float32)
        >>> truth = np.array([[1, 1, 0, 0]], np.uint8)
        >>> seen = observe(page, truth, DecisionGrid((0.3, 0.8)), "page")
        >>> seen.hits[..., 0].tolist(), seen.false_alarms[..., 0].tolist()
        ([[2, 2], [1, 1]], [[1, 0], [0, 0]])
    """
    # How many thresholds a pixel reaches; compared in float32, as the mask is.
    steps = np.asarray(grid.thresholds, np.float32)
    levels = np.searchsorted(steps, probability, side="right").astype(np.uint8)
    forged, authentic = mask == 1, mask == 0
    hits = np.zeros(grid.shape, np.int64)
    false_alarms = np.zeros_like(hits)
    inside = np.flatnonzero(levels)
    for index in range(len(steps)):
        # Masks only shrink: what is outside one is outside all that follow.
        inside = inside[levels.ravel()[inside] > index]
        if not len(inside):
            break
        count, found = cv2.connectedComponents((levels > index).view(np.uint8), connectivity=8)
        regions = np.asarray(found).ravel()[inside].astype(np.intp)
        reached = list(_reached(regions, levels.ravel()[inside], count, grid.areas))
        for table, of_kind in ((hits, forged), (false_alarms, authentic)):
            sizes = np.bincount(regions[of_kind.ravel()[inside]], minlength=count)
            for plane, peaks in enumerate(reached):
                table[index, :, plane] = _reaching(peaks, sizes, len(steps))
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


def _reached(
    regions: npt.NDArray[np.intp], levels: npt.NDArray[np.uint8], count: int, areas: Sequence[int]
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield for each area which level each region reaches with so many pixels; 0 for none."""
    order = np.lexsort((-levels.astype(np.int16), regions))
    sizes = np.bincount(regions, minlength=count)
    first = np.cumsum(sizes) - sizes
    for area in areas:
        peaks = np.zeros(count, np.uint8)
        large = np.flatnonzero(sizes >= area)
        peaks[large] = levels[order[first[large] + area - 1]]
        yield peaks


def _reaching(peaks: npt.NDArray[np.uint8], sizes: npt.NDArray[np.intp], steps: int) -> Counts:
    # Entry j: pixels of the regions whose peak reaches threshold j, that is, has a level above j.
    of_level = np.bincount(peaks, sizes, minlength=steps + 1)
    reaching: Counts = np.rint(of_level[::-1].cumsum()[::-1][1:]).astype(np.int64)
    return reaching
