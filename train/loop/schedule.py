"""Learning rate and curriculum as functions of progress, 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

from train.config import Stage
from train.data.views import ViewConfig


def stage_at(stages: Sequence[Stage], progress: float) -> tuple[Stage, ViewConfig]:
    """Return the stage at some progress and the views to take there.

    Raises:
        ValueError: If there is no stage.
    """
    if not stages:
        raise ValueError("stages must hold at least one stage, but got none")
    start = 0.0
    for stage in stages:
        if progress < stage.until or stage is stages[-1]:
            break
        start = stage.until
    share = min(1.0, max(0.0, (progress - start) / max(stage.until - start, 1e-9)))
    centered = stage.centered_from + share * (stage.centered_to - stage.centered_from)
    life = stage.life_from + share * (stage.life_to - stage.life_from)
    return stage, ViewConfig(stage.size, centered, life, twins=stage.twins)


def learning_rate(progress: float, peak: float, warm_up: float = 0.03) -> float:
    """Return a linear warm-up followed by a cosine down to a hundredth of the peak.

    Example:
        >>> learning_rate(0.03, 1.0)
        1.0
    """
    if progress < warm_up:
        return peak * max(progress / warm_up, 0.01)
    share = min(1.0, (progress - warm_up) / (1.0 - warm_up))
    return peak * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * share)))
