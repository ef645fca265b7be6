"""One stage of the curriculum: the part of a configuration that changes as a run goes on."""

from __future__ import annotations

from dataclasses import dataclass

from train.ranges import check_least, check_positive, check_share


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

    def __post_init__(self) -> None:
        """Refuse stages without crops or without a length, and shares that are none."""
        check_least("stages", self, 1, "size", "batch")
        check_positive("stages", self, "until")
        shares = ("until", "centred_from", "centred_to", "life_from", "life_to", "twins")
        check_share("stages", self, *shares)
