"""Limits on the raw score for a wanted false-positive rate, where enough images support one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.observations import Observation
from forensics_rt.calibration.record import OperatingPoint

FALSE_POSITIVE_RATES = (0.01, 0.001)


def operating_points(
    observations: Sequence[Observation], rates: Sequence[float] = FALSE_POSITIVE_RATES
) -> tuple[OperatingPoint, ...]:
    """Return a point for every rate, for which each origin of authentic images counts once.

    Images of one origin have scores alike: fifty pages on one scan say little more than one of
    them, and counting them as fifty would promise rates that further scans do not keep to. So a
    group stands for itself with its highest authentic score, which errs towards fewer alarms.

    Args:
        observations: Images that are known to be forged or authentic.
        rates: False-positive rates wanted, in (0, 1).
    """
    highest: dict[str, float] = {}
    for one in observations:
        if one.forged is False:
            highest[one.group] = max(one.raw_score, highest.get(one.group, 0.0))
    authentic = np.array(list(highest.values()), np.float64)
    forged = np.array([one.raw_score for one in observations if one.forged], np.float64)
    return tuple(operating_point(rate, authentic, forged) for rate in rates)


def operating_point(
    rate: float, authentic: npt.NDArray[np.float64], forged: npt.NDArray[np.float64]
) -> OperatingPoint:
    """Return the least limit that a further authentic image reaches with at most the given chance.

    Of N authentic images, ⌊rate · (N + 1)⌋ − 1 may reach it: if a further one is drawn like them,
    it does so with a probability of at most the rate (split conformal prediction: Vovk, Gammerman
    and Shafer, "Algorithmic learning in a random world", 2005, chapter 4). Counting rate · N
    instead would promise twice too much at N = 100. Fewer than 1 / rate − 1 images support no
    limit, and none is invented.

    Args:
        rate: False-positive rate wanted, in (0, 1).
        authentic: N scores of authentic images of different origin, in [0, 1].
        forged: Scores of forged images.

    Example:
        >>> point = operating_point(0.1, np.linspace(0, 0.9, 10), np.array([0.5, 0.95]))
        >>> point.raw_score > 0.9, point.recall
        (True, 0.5)
    """
    name = point_name(rate)
    # The product is rounded first: 0.01 · 100 must not miss 1 by a rounding error.
    may_reach = int(np.floor(round(rate * (len(authentic) + 1), 9))) - 1
    if may_reach < 0:
        needed = int(np.ceil(round(1 / rate, 9))) - 1
        found = f"{len(authentic)} of different origin"
        reason = f"needs {needed} authentic images, there are {found}"
        return OperatingPoint(name=name, false_positive_rate=rate, reason=reason)
    below = float(np.sort(authentic)[::-1][may_reach])
    if below >= 1.0:
        reason = f"{may_reach + 1} or more authentic images have the highest raw score possible"
        return OperatingPoint(name=name, false_positive_rate=rate, reason=reason)
    limit = _just_above(below, np.concatenate([authentic, forged]))
    recall = float((forged >= limit).mean()) if len(forged) else None
    return OperatingPoint(name=name, false_positive_rate=rate, raw_score=limit, recall=recall)


def point_name(rate: float) -> str:
    """Return what an operating point is called.

    Example:
        >>> point_name(0.001)
        'fpr-0.1%'
    """
    return f"fpr-{round(100 * rate, 9):g}%"


def _just_above(value: float, seen: npt.NDArray[np.float64]) -> float:
    # Half-way to the next score seen, so that rounding on another backend changes no side.
    higher = seen[seen > value]
    middle = (value + float(higher.min() if len(higher) else 1.0)) / 2
    return max(middle, float(np.nextafter(value, 1.0)))
