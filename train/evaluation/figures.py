"""All figures of a group of answered images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from train.evaluation.decision import DecisionRule
from train.evaluation.image_figures import (
    AlarmFigures,
    ScoreFigures,
    alarm_figures,
    score_figures,
)
from train.evaluation.pixel_figures import PixelFigures, pixel_figures
from train.evaluation.records import ImageRecord


@dataclass(frozen=True)
class GroupFigures:
    """Everything said of a group; what its images do not allow is nan.

    Attributes:
        images: Number of images.
        forged: Those with something to find.
        authentic: Those in which nothing is marked at all.
        pixels: Of all pixels together.
        scores: Of one number an image.
        alarms: Of what is reported on the authentic ones.
    """

    images: int
    forged: int
    authentic: int
    pixels: PixelFigures
    scores: ScoreFigures
    alarms: AlarmFigures

    def plain(self) -> dict[str, Any]:
        """Return nested tables of plain values, as files hold them."""
        table = asdict(self)
        for name in ("half", "calibrated", "best"):
            table["pixels"][name] = getattr(self.pixels, name).plain()
        return table


def figures(
    records: Sequence[ImageRecord], decision: DecisionRule, rounds: int = 1000
) -> GroupFigures:
    """Return the figures of a group of images.

    Args:
        records: At least one answered image.
        decision: The decision at which the images were measured.
        rounds: Resamplings of the intervals.

    Raises:
        ValueError: If there is no image.
    """
    if not records:
        raise ValueError("a group must hold at least one image, but is empty")
    return GroupFigures(
        images=len(records),
        forged=sum(record.forged for record in records),
        authentic=sum(record.authentic for record in records),
        pixels=pixel_figures(records, decision, rounds),
        scores=score_figures(records, decision, rounds),
        alarms=alarm_figures(records, rounds),
    )
