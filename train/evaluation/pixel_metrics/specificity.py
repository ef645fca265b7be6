"""Specificity: the share of authentic pixels that are not reported."""

import math

from train.metrics import Counts


def specificity(counts: Counts) -> float:
    """Return it, 0 to 1; nan if no pixel is authentic.

    Example:
        >>> specificity(Counts(hit=5, false_alarm=1, miss=0, rest=3))
        0.75
    """
    authentic = counts.false_alarm + counts.rest
    return counts.rest / authentic if authentic else math.nan
