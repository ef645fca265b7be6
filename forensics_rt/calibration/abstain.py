"""Where to say that nobody can tell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.fitters import load_fitter
from forensics_rt.calibration.record import AbstainBand

ERROR_ALLOWED = 0.05
# Chance that luck alone shows so few errors: lower, and a few hundred images support no verdict.
DOUBT = 0.2


def abstain_band(
    probability: npt.NDArray[np.float64],
    forged: npt.NDArray[np.bool_],
    error_allowed: float = ERROR_ALLOWED,
) -> AbstainBand:
    """Return the narrowest band around 1/2 outside which few answers are wrong, on either side.

    Rejection as in Chow, "On optimum recognition error and reject tradeoff", IEEE Transactions on
    Information Theory 16, 1970, but with limits found on images instead of derived from costs. The
    same images choose the limits and count the errors, so a small share of errors is not enough:
    so few must have a chance of at most `DOUBT` if more than the error allowed were wrong (a bound
    as in Geifman and El-Yaniv, "Selective classification for deep neural networks", 2017, without
    their correction for the number of limits tried). For 5 % a side needs 32 answers without an
    error, 59 with one. The band is empty if the answer at 1/2 is good enough. A side without that
    support is never given: its limit is 0 or 1, which a calibrated probability does not reach.

    Args:
        probability: N calibrated probabilities of images that the calibrator was not fitted on.
        forged: N truths.
        error_allowed: Largest share of wrong answers accepted on either side.

    Example:
        >>> truth = np.repeat([False, True, False, True], [32, 1, 1, 32])
        >>> band = abstain_band(np.repeat([0.1, 0.4, 0.6, 0.9], [32, 1, 1, 32]), truth)
        >>> round(band.low, 6), round(band.high, 6)
        (0.25, 0.75)
    """
    high = _limit(probability, ~forged, error_allowed)
    low = 1.0 - _limit(1.0 - probability, forged, error_allowed)
    called_forged, called_authentic = probability >= high, probability < low
    return AbstainBand(
        low=low,
        high=high,
        error_allowed=error_allowed,
        authentic=int(called_authentic.sum()),
        authentic_wrong=int((called_authentic & forged).sum()),
        uncertain=int((~called_authentic & ~called_forged).sum()),
        forged=int(called_forged.sum()),
        forged_wrong=int((called_forged & ~forged).sum()),
    )


def _limit(
    probability: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], error_allowed: float
) -> float:
    """Return the least limit of 1/2 or more from which on less than that share seems wrong."""
    order = np.argsort(-probability, kind="stable")
    values, errors = probability[order], np.cumsum(wrong[order], dtype=np.int64)
    # An answer for a value holds for all that share it, so only the last of equals counts.
    last = np.append(values[1:] < values[:-1], True)[: len(values)]
    fit = np.flatnonzero(last & (values >= 0.5) & _are_few(errors, error_allowed))
    if not len(fit):
        return 1.0
    widest = int(fit[-1])
    below = values[widest + 1] if widest + 1 < len(values) else 0.0
    return max(0.5, float(values[widest] + below) / 2)


def _are_few(errors: npt.NDArray[np.int64], share: float) -> npt.NDArray[np.bool_]:
    """Tell of the first 1, 2, … answers whether so few errors show that less than a share is wrong.

    They do where a binomial variable of that share would seldom be as small.
    """
    answers = np.arange(1, len(errors) + 1)
    chances = load_fitter("scipy.stats").binom.cdf(errors, answers, share)
    return np.asarray((errors <= share * answers) & (chances <= DOUBT))
