"""What is kept of one answered image: counts, never maps."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.figures import ALARM_SHARE
from train.evaluation.cases import Case, ImageSet
from train.evaluation.decision import HALF, DecisionRule
from train.evaluation.histogram import PixelHistogram, bins_of, count_bins
from train.evaluation.predictors import Prediction, Predictor
from train.metrics import PixelCounts, count, forged_pixels

_log = logging.getLogger(__name__)

FOUND_SHARE = 0.5
"""A region counts as found if at least this share of its pixels is reported."""
SIZES = (("under_16_px", 0, 16), ("16_to_32_px", 16, 33), ("over_32_px", 33, 1 << 31))
"""Name, least and first too large shorter side of a region's bounding box, in pixels."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RecordPart:
    """The forged pixels of one image that share a kind or a size.

    Attributes:
        by: What they share.
        name: The kind or the size.
        regions: Connected regions (8 neighbors).
        regions_found: Those of which at least half the pixels are reported.
        forged: Histogram of their probabilities.
        half: How many are reported at 0.5.
        calibrated: How many are reported at the calibrated decision.
    """

    by: Literal["kind", "size"]
    name: str
    regions: int
    regions_found: int
    forged: npt.NDArray[np.int64]
    half: int
    calibrated: int


@dataclass(frozen=True, eq=False)
class ImageRecord:
    """One answered image.

    Attributes:
        set: Name of its set.
        index: Its place there.
        name: What it is called.
        height: In pixels.
        width: In pixels.
        real: Made on a real scan, drawn, or not known.
        life: What happened to it after the edit, or not known.
        origin: What it was made from: images of one origin are not independent.
            `None` if it stands alone.
        authentic: Nothing at all is marked in it.
        raw_score: What the map holds against the image as a whole.
        score: Probability that it is forged, if scores are calibrated; else the raw score.
        histogram: Pixels by probability.
        half: Counts at 0.5.
        calibrated: Counts at the calibrated decision.
        parts: Its forged pixels by kind and by size.
    """

    set: str
    index: int
    name: str
    height: int
    width: int
    real: bool | None
    life: str | None
    origin: str | None
    authentic: bool
    raw_score: float
    score: float
    histogram: PixelHistogram
    half: PixelCounts
    calibrated: PixelCounts
    parts: tuple[RecordPart, ...]

    @property
    def forged(self) -> bool:
        """True if there is anything to find."""
        return self.calibrated.hit + self.calibrated.miss > 0

    @property
    def alarmed(self) -> bool:
        """True if more than a thousandth of the authentic pixels is reported."""
        return self.calibrated.alarm_area > ALARM_SHARE

    def only(self, part: RecordPart) -> ImageRecord:
        """Return the record with the pixels of one part as the only forged ones."""
        pixels = int(part.forged.sum())
        return replace(
            self,
            histogram=PixelHistogram(self.histogram.authentic, part.forged),
            half=replace(self.half, hit=part.half, miss=pixels - part.half),
            calibrated=replace(self.calibrated, hit=part.calibrated, miss=pixels - part.calibrated),
            parts=(part,),
        )


def answered(
    sets: Iterable[ImageSet], predictor: Predictor, decision: DecisionRule
) -> Iterator[ImageRecord]:
    """Answer every image of some sets, one at a time."""
    for images in sets:
        for index in range(len(images)):
            case = images.load(index)
            yield image_record(images.name, index, case, predictor(case.image), decision)
            if (index + 1) % 50 == 0:
                _log.info("%s: %d of %d images", images.name, index + 1, len(images))


def image_record(
    name_of_set: str, index: int, case: Case, answer: Prediction, decision: DecisionRule
) -> ImageRecord:
    """Compare an answer with the truth.

    Args:
        name_of_set: Name of the set.
        index: Place of the image there.
        case: The image and its truth.
        answer: What was said of it.
        decision: The calibrated decision.

    Raises:
        ValueError: If the map has another size than the image, or a value is no probability.
    """
    probability, mask = answer.probability, case.mask
    if probability.shape != mask.shape:
        raise ValueError(
            f"the map of {case.name} must have the shape {mask.shape}, but has {probability.shape}"
        )
    half, calibrated = HALF.mask(probability), decision.mask(probability)
    return ImageRecord(
        set=name_of_set,
        index=index,
        name=case.name,
        height=mask.shape[0],
        width=mask.shape[1],
        real=case.real,
        life=case.life,
        origin=case.origin,
        authentic=not mask.any(),
        raw_score=answer.raw_score,
        score=answer.score,
        histogram=PixelHistogram.of(probability, mask),
        half=count(half, mask),
        calibrated=count(calibrated, mask),
        parts=tuple(_parts(case, bins_of(probability), half, calibrated)),
    )


def _parts(
    case: Case, bins: npt.NDArray[np.int32], half: Mask, calibrated: Mask
) -> Iterator[RecordPart]:
    forged = forged_pixels(case.mask)
    if not forged.any():
        return
    if case.kinds:
        for number in np.unique(case.mask[forged]):
            mask = case.mask == number
            yield _part("kind", case.kinds[number - 1], mask, bins, half, calibrated)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(forged.view(np.uint8), connectivity=8)
    sides = np.minimum(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT])
    for name, least, too_large in SIZES:
        chosen = (sides >= least) & (sides < too_large)
        chosen[0] = False  # the background
        if chosen.any():
            yield _part("size", name, chosen[np.asarray(labels)], bins, half, calibrated)


def _part(
    by: Literal["kind", "size"],
    name: str,
    mask: Mask,
    bins: npt.NDArray[np.int32],
    half: Mask,
    calibrated: Mask,
) -> RecordPart:
    number, found = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    labels = np.asarray(found)
    areas = np.bincount(labels[mask], minlength=number)[1:]
    hits = np.bincount(labels[mask & calibrated], minlength=number)[1:]
    return RecordPart(
        by=by,
        name=name,
        regions=number - 1,
        regions_found=int((hits >= FOUND_SHARE * areas).sum()),
        forged=count_bins(bins[mask]),
        half=int((mask & half).sum()),
        calibrated=int(hits.sum()),
    )
