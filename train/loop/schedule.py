"""Learning rate and curriculum as functions of progress, 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from train.data.views import ViewRecipe


@dataclass(frozen=True)
class Stage:
    """A stretch of training with its own views; values move linearly from `_from` to `_to`.

    Attributes:
        until: Progress at which the stage ends.
        size: Side of the crops.
        batch: Crops per step.
        centred_from: Share of crops on edits, at the start.
        centred_to: The same at the end.
        life_from: Strength of the after-life at the start.
        life_to: The same at the end.
        twins: Share of forged crops that bring their untouched twin into the batch.
    """

    until: float
    size: int
    batch: int
    centred_from: float
    centred_to: float
    life_from: float
    life_to: float
    twins: float = 0.0


def stage_at(stages: Sequence[Stage], progress: float) -> tuple[Stage, ViewRecipe]:
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
    centred = stage.centred_from + share * (stage.centred_to - stage.centred_from)
    life = stage.life_from + share * (stage.life_to - stage.life_from)
    return stage, ViewRecipe(stage.size, centred, life, twins=stage.twins)


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
