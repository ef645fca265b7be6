"""Further metrics of pixels: a file and a row each; `evaluate` writes them for every group."""

from collections.abc import Callable, Mapping

from train.evaluation.pixel_metrics.specificity import specificity
from train.metrics import Counts

PIXEL_METRICS: Mapping[str, Callable[[Counts], float]] = {
    "specificity": specificity,
}
"""Name in `figures.json` and `groups.csv` → function of the pixels by truth and answer."""
