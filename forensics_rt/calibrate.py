"""Calibrating a detector on labeled images: the part of calibration that runs networks."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.fit import fit_calibration
from forensics_rt.calibration.fitters import load_fitter
from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.calibration.observations import observe
from forensics_rt.calibration.record import CalibrationRecord, Fitting
from forensics_rt.detector import Detector
from forensics_rt.errors import CalibrationError
from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.medium.kinds import UNKNOWN
from forensics_rt.io.pairs import LabeledImage, load_mask

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabeledInput:
    """An image to calibrate on.

    Attributes:
        image: Whatever a detector takes.
        mask: Gives its mask for a height and a width in pixels: H×W uint8, 0 authentic, 1 forged,
            255 ignored.
        group: Images of one origin share a group.
    """

    image: ImageInput
    mask: Callable[[int, int], npt.NDArray[np.uint8]]
    group: str


def from_pairs(pairs: Iterable[LabeledImage]) -> Iterator[LabeledInput]:
    """Yield images of files with their masks, which are read when their turn comes."""
    for pair in pairs:
        yield LabeledInput(pair.image, partial(load_mask, pair), pair.group)


def calibrate(
    detector: Detector,
    images: Iterable[LabeledInput],
    description: str,
    alarmed_allowed: float | None = None,
    by_medium: bool = False,
) -> CalibrationRecord:
    """Fit a calibration for the bundle and recipe of a detector.

    The maps are not kept: an image of any size takes about 75 KB of memory.

    Args:
        detector: As it will be used; its decision is the one that others must beat.
        images: Images that the networks were not trained on, about ten or more, authentic ones
            among them; read as `Detector.stream` reads. One whose verdict is `not_applicable` is
            left out, with a warning.
        description: What they are, in words, for those who read the calibration.
        alarmed_allowed: Largest share of authentic images of which more than a thousandth may be
            reported; `None` for any.
        by_medium: Calibrate the scores of each medium by themselves too. Images of a medium that
            there are fewer than 20 forged or authentic ones of get no verdict then.

    Raises:
        CalibrationError: If the images cannot support a calibration.
        ImageError: If an image cannot be read.
        LabelError: If a mask cannot be read or does not fit its image.
        OptionalDependency: If scikit-learn, which fits, is not installed.

    Example:
        >>> from forensics_rt.io.pairs import find_pairs
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     pairs = find_pairs(Path("scans"), Path("masks"))
        ...     record = calibrate(detector, from_pairs(pairs), "ten scans of our archive")
    """
    if alarmed_allowed is not None and not 0.0 <= alarmed_allowed <= 1.0:
        raise CalibrationError(f"alarmed must lie between 0 and 1, but is {alarmed_allowed}")
    load_fitter("sklearn.linear_model")  # missed now, and not when all images have been run
    before = detector.conclusions.decision
    grid = DecisionGrid.around(before)
    observations = []
    waiting: deque[LabeledInput] = deque()

    def upcoming() -> Iterator[ImageInput]:
        for one in images:
            waiting.append(one)
            yield one.image

    for detection in detector.stream(upcoming()):
        one = waiting.popleft()
        if detection.verdict == "not_applicable":
            _log.warning("%s: left out of the calibration: %s", detection.name, detection.reason)
            continue
        mask = one.mask(*detection.probability.shape)
        medium = UNKNOWN if detection.medium is None else detection.medium.name
        observations.append(observe(detection.probability, mask, grid, one.group, medium))
    manifest = detector.bundle.manifest
    fitted_on = Fitting(
        description=description,
        images=len(observations),
        forged=sum(one.forged is True for one in observations),
        authentic=sum(one.forged is False for one in observations),
        bundle=detector.bundle_name,
        networks=manifest.networks_id,
        recipe=replace(detector.recipe, threshold=None, high_threshold=None, high_area=None),
        precision=detector.capabilities.precision,
        date=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
    return fit_calibration(observations, grid, before, fitted_on, alarmed_allowed, by_medium)
