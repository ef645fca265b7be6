"""The figures of merit of pixels at a decision; a new one is a function of counts and a row here.

Every row appears, without further work, in the printed table, in `figures.json` and in
`groups.csv`, at each decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from train.metrics import PixelCounts


@dataclass(frozen=True)
class PixelMetric:
    """A figure of merit.

    Attributes:
        title: Its column in the printed table.
        of: Returns it for the counts of a group of images, in which some pixels are forged.
    """

    title: str
    of: Callable[[PixelCounts], float]


PIXEL_METRICS: dict[str, PixelMetric] = {
    "f1": PixelMetric("F1", lambda counts: counts.f1),
    "iou": PixelMetric("IoU", lambda counts: counts.iou),
    "mcc": PixelMetric("MCC", lambda counts: counts.mcc),
    "competition_score": PixelMetric("F1+IoU", lambda counts: counts.competition_score),
    "precision": PixelMetric("precision", lambda counts: counts.precision),
    "recall": PixelMetric("recall", lambda counts: counts.recall),
}
"""Name in files → metric."""
