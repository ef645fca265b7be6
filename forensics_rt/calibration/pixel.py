"""Choosing the decision that makes the mask, from as few as ten labeled images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.figures import alarms, f1_score
from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.calibration.observations import Observation
from forensics_rt.errors import CalibrationError

Floats = npt.NDArray[np.float64]

RESAMPLES = 200
# In standard errors: how much worse a decision may be for lying nearer to the one in force.
TOLERANCE = 0.5


def choose_decision(
    observations: Sequence[Observation],
    grid: DecisionGrid,
    before: Decision,
    alarmed_allowed: float | None = None,
    *,
    relaxed: bool = False,
    seed: int = 0,
) -> Decision:
    """Choose the decision nearest to the one in force that is not clearly worse than the best.

    The groups of images are resampled with replacement (Efron, Annals of Statistics 7, 1979), and
    the best decision is that with the highest mean of the pooled F1 over the resamples. Among those
    whose loss against it, image by image, is at most half of its standard error, the one nearest in
    log-odds to the decision in force is taken. It is the one-standard-error rule of Breiman,
    Friedman, Olshen and Stone ("Classification and regression trees", 1984, section 3.4.3) at half
    its width: ten images, whose F1 has a flat or accidental top, move the decision only as far as
    they can tell, and many images move it to the top.

    Args:
        observations: Images over one grid.
        grid: Its decisions.
        before: The decision in force, one of them.
        alarmed_allowed: Largest share of authentic images of which more than a thousandth may be
            reported; `None` for any.
        relaxed: Where no decision keeps to that, take those that miss it by least.
        seed: Of the resampling.

    Returns:
        A decision of the grid.

    Raises:
        CalibrationError: If no pixel is forged, or no decision of the grid keeps to
            `alarmed_allowed`.
    """
    permitted = grid.decisions
    if alarmed_allowed is not None:
        permitted = permitted & _quiet(observations, grid, alarmed_allowed, relaxed)
    scores = _resampled_f1(observations, seed)
    top = grid.best(np.where(permitted, scores.mean(axis=0), -1.0))
    lost = scores[:, top[0], top[1], top[2]][:, None, None, None] - scores
    as_good = permitted & (lost.mean(axis=0) <= TOLERANCE * lost.std(axis=0))
    as_good[top] = True
    return grid.decision_at(grid.best(np.where(as_good, -grid.distances(before), -np.inf)))


def best_decision(observations: Sequence[Observation], grid: DecisionGrid) -> Decision:
    """Return the decision with the highest pooled F1 on these very images.

    Raises:
        CalibrationError: If no pixel is forged.
    """
    hits, false_alarms, forged = _sums_by_group(observations)
    f1 = f1_score(hits.sum(axis=0), false_alarms.sum(axis=0), forged.sum(axis=0))
    return grid.decision_at(grid.best(f1))


def _sums_by_group(observations: Sequence[Observation]) -> tuple[Floats, Floats, Floats]:
    """Add up the images of each group: hits, false alarms and forged pixels."""
    _, group = np.unique([one.group for one in observations], return_inverse=True)
    shape = observations[0].hits.shape
    hits, false_alarms = np.zeros((2, int(group.max()) + 1, *shape))
    forged = np.zeros((len(hits), 1, 1, 1))
    for place, one in zip(group.tolist(), observations, strict=True):
        hits[place] += one.hits
        false_alarms[place] += one.false_alarms
        forged[place] += one.forged_pixels
    if not forged.any():
        raise CalibrationError(
            "the images must hold forged pixels, but all masks are black; add images with edits"
        )
    return hits, false_alarms, forged


def _resampled_f1(observations: Sequence[Observation], seed: int) -> Floats:
    sums = _sums_by_group(observations)
    groups = len(sums[0])
    picks = np.random.default_rng(seed).integers(0, groups, (RESAMPLES, groups))
    times = np.stack([np.bincount(pick, minlength=groups) for pick in picks]).astype(np.float64)
    # A resample without a single forged pixel has no F1.
    times = times[(times @ sums[2].ravel()) > 0]
    hits, false_alarms, forged = (np.tensordot(times, table, axes=1) for table in sums)
    return f1_score(hits, false_alarms, forged)


def _quiet(
    observations: Sequence[Observation], grid: DecisionGrid, allowed: float, relaxed: bool
) -> npt.NDArray[np.bool_]:
    shares = [alarms(one) for one in observations if one.forged is False]
    if not shares and not relaxed:
        raise CalibrationError(
            "a limit on alarms needs authentic images, but there are none; add some or drop it"
        )
    share = np.mean(shares or [np.zeros(observations[0].hits.shape, bool)], axis=0)
    least = float(share[grid.decisions].min())
    if least > allowed and not relaxed:
        raise CalibrationError(
            f"at most {allowed:.1%} of the authentic images may be alarmed, but every decision "
            f"alarms {least:.1%} or more; allow that"
        )
    return np.asarray(share <= max(allowed, least))
