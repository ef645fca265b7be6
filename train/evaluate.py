"""Evaluation on pages the network has never seen: fresh seeds, held-out scans and typefaces."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from torch import nn

from forensics_rt.plan.score import image_score
from train.metrics import Counts, area_under_curve, bootstrap_f1, count
from train.predict import probability_map
from train.synth.finished import finished_page
from train.synth.forgery import KINDS
from train.synth.labels import IGNORE
from train.synth.page import PageRecipe
from train.synth.sources import Sources

_log = logging.getLogger(__name__)
GRID = np.round(np.arange(0.05, 1.0, 0.05), 2)
ALARM_SHARE = 0.001


@dataclass(frozen=True)
class Answer:
    """One evaluated page.

    Attributes:
        probability: H×W float16, the network's map.
        marks: H×W uint8, truth.
        real: True if made on a real scan or photograph.
    """

    probability: npt.NDArray[np.float16]
    marks: npt.NDArray[np.uint8]
    real: bool

    @property
    def forged(self) -> bool:
        """True if there is anything to find."""
        return bool(((self.marks != 0) & (self.marks != IGNORE)).any())

    @property
    def score(self) -> float:
        """Image score, as the runtime gives it."""
        return image_score(self.probability.astype(np.float32))

    def counts(self, threshold: float) -> Counts:
        """Pixels by truth and answer at a threshold."""
        return count(self.probability >= threshold, self.marks)


def answer_pages(
    network: nn.Module,
    sources: Sources,
    recipe: PageRecipe,
    seed: int,
    number: int,
    strength: float = 1.0,
) -> list[Answer]:
    """Run the network over `number` fresh pages whose after-life has the given strength."""
    answers = []
    for index in range(number):
        page = finished_page(seed, index, sources, recipe, strength)
        probability = probability_map(network, page.image)
        answers.append(Answer(probability.astype(np.float16), page.marks, page.real))
        if (index + 1) % 50 == 0:
            _log.info("%d of %d pages", index + 1, number)
    return answers


def pooled(answers: list[Answer], threshold: float) -> Counts:
    """Add up the counts of all pages."""
    return sum((a.counts(threshold) for a in answers), Counts())


def quiet_threshold(answers: list[Answer]) -> float:
    """Return the highest threshold of the grid that keeps 95 % of the best pooled F1.

    F1 is nearly flat over a wide range of thresholds; at its upper end there are the fewest false
    alarms, and those are what a reader of results pays for.
    """
    f1 = {float(threshold): pooled(answers, float(threshold)).f1 for threshold in GRID}
    enough = 0.95 * max(f1.values())
    return max(threshold for threshold, value in f1.items() if value >= enough)


def summarise(answers: list[Answer], threshold: float) -> dict[str, Any]:
    """Return the figures of a set of answers at a threshold."""
    counts = [a.counts(threshold) for a in answers]
    total = sum(counts, Counts())
    clean = [c for a, c in zip(answers, counts, strict=True) if not a.marks.any()]
    alarmed = sum(c.false_alarm > ALARM_SHARE * (c.false_alarm + c.rest) for c in clean)
    return {
        "pages": len(answers),
        "untouched_pages": len(clean),
        "threshold": threshold,
        "f1": total.f1,
        "f1_interval_95": bootstrap_f1(counts) if answers else (0.0, 0.0),
        "iou": total.iou,
        "precision": total.precision,
        "recall": total.recall,
        "image_auc": area_under_curve([a.score for a in answers], [a.forged for a in answers]),
        "untouched_pages_alarmed": alarmed / max(len(clean), 1),
        "recall_by_kind": recall_by(answers, threshold, _kinds_of),
        "recall_by_size": recall_by(answers, threshold, _sizes_of),
    }


def recall_by(answers: list[Answer], threshold: float, groups: Any) -> dict[str, float]:
    """Return the pixel recall of each group of forged pixels.

    Args:
        answers: Evaluated pages.
        threshold: Probability from which a pixel counts as reported.
        groups: Function of marks that yields pairs of group name and H×W bool mask.
    """
    found: dict[str, int] = defaultdict(int)
    present: dict[str, int] = defaultdict(int)
    for answer in answers:
        reported = answer.probability >= threshold
        for name, mask in groups(answer.marks):
            found[name] += int((reported & mask).sum())
            present[name] += int(mask.sum())
    return {name: found[name] / present[name] for name in sorted(present) if present[name]}


def _kinds_of(marks: npt.NDArray[np.uint8]) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    numbers = [int(n) for n in np.unique(marks) if n not in (0, IGNORE)]
    return [(KINDS[n - 1], marks == n) for n in numbers]


def _sizes_of(marks: npt.NDArray[np.uint8]) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    forged = ((marks != 0) & (marks != IGNORE)).astype(np.uint8)
    parts, labels, stats, _ = cv2.connectedComponentsWithStats(forged)
    pairs = []
    for part in range(1, parts):
        side = min(stats[part, cv2.CC_STAT_WIDTH], stats[part, cv2.CC_STAT_HEIGHT])
        name = "under_16_px" if side < 16 else "16_to_32_px" if side < 32 else "over_32_px"
        pairs.append((name, labels == part))
    return pairs


def answer_clean_scans(network: nn.Module, sources: Sources) -> list[Answer]:
    """Run the network over whole scans nobody has touched."""
    answers = []
    for library in (sources.scans, sources.plain_scans):
        for path in library.files:
            probability = probability_map(network, library.load(path)).astype(np.float16)
            answers.append(Answer(probability, np.zeros(probability.shape, np.uint8), True))
    return answers


def alarms(answers: list[Answer], threshold: float) -> dict[str, Any]:
    """Return how much is reported on untouched images.

    Returns:
        Number of images, share of images with more than a thousandth reported, and mean area.
    """
    areas = [float((a.probability >= threshold).mean()) for a in answers]
    return {
        "images": len(areas),
        "alarmed": float(np.mean([a > ALARM_SHARE for a in areas])) if areas else 0.0,
        "mean_area": float(np.mean(areas)) if areas else 0.0,
    }


def sweep(answers: list[Answer], clean: list[Answer]) -> list[dict[str, float]]:
    """Return a row of figures for every second threshold of the grid."""
    rows = []
    for threshold in GRID[1::2]:
        total = pooled(answers, float(threshold))
        untouched = [a for a in answers if not a.marks.any()]
        rows.append(
            {
                "threshold": float(threshold),
                "f1": total.f1,
                "precision": total.precision,
                "recall": total.recall,
                "untouched_pages_alarmed": alarms(untouched, float(threshold))["alarmed"],
                "clean_scans_alarmed": alarms(clean, float(threshold))["alarmed"],
                "clean_scans_area": alarms(clean, float(threshold))["mean_area"],
            }
        )
    return rows
