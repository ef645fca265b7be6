"""Where to say that nobody can tell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.record import AbstainBand

ERROR_ALLOWED = 0.05


def abstain_band(
    probability: npt.NDArray[np.float64],
    forged: npt.NDArray[np.bool_],
    error_allowed: float = ERROR_ALLOWED,
) -> AbstainBand:
    """Return the narrowest band around 1/2 outside which few answers are wrong, on either side.

    Rejection as in Chow, "On optimum recognition error and reject tradeoff", IEEE Transactions on
    Information Theory 16, 1970, but with limits found on images instead of derived from costs. The
    band is empty if the answer at 1/2 is good enough. A side on which no image supports an answer
    is never given: its limit is 0 or 1, which a calibrated probability does not reach.

    Args:
        probability: N calibrated probabilities of images that the calibrator was not fitted on.
        forged: N truths.
        error_allowed: Largest share of wrong answers accepted on either side.

    Example:
        >>> truth = np.array([False, True, False, True])
        >>> band = abstain_band(np.array([0.1, 0.4, 0.6, 0.9]), truth)
        >>> round(band.low, 6), round(band.high, 6)
        (0.25, 0.75)
    """
    high = _limit(probability, ~forged, error_allowed)
    low = 1.0 - _limit(1.0 - probability, forged, error_allowed)
    called_forged, called_untouched = probability >= high, probability < low
    return AbstainBand(
        low=low,
        high=high,
        error_allowed=error_allowed,
        untouched=int(called_untouched.sum()),
        untouched_wrong=int((called_untouched & forged).sum()),
        uncertain=int((~called_untouched & ~called_forged).sum()),
        forged=int(called_forged.sum()),
        forged_wrong=int((called_forged & ~forged).sum()),
    )


def _limit(
    probability: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], error_allowed: float
) -> float:
    """Return the least limit of 1/2 or more from which on at most that share is wrong."""
    order = np.argsort(-probability, kind="stable")
    values, errors = probability[order], np.cumsum(wrong[order])
    # An answer for a value holds for all that share it, so only the last of equals counts.
    last = np.append(values[1:] < values[:-1], True)[: len(values)]
    share = errors / np.arange(1, len(values) + 1)
    fit = np.flatnonzero(last & (share <= error_allowed) & (values >= 0.5))
    if not len(fit):
        return 1.0
    widest = int(fit[-1])
    below = values[widest + 1] if widest + 1 < len(values) else 0.0
    return max(0.5, float(values[widest] + below) / 2)
