"""Fitting scores by medium: what a raw score means on a scan, it need not mean on a screenshot."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from forensics_rt.calibration.image import fit_images
from forensics_rt.calibration.observations import Observation
from forensics_rt.calibration.record import MediumCalibration

_log = logging.getLogger(__name__)
# With fewer, no side of an abstain band is supported at 5 % wrong.
FEWEST_OF_EACH_KIND = 20


def fit_media(observations: Sequence[Observation]) -> dict[str, MediumCalibration] | None:
    """Fit each medium that there are 20 forged and 20 authentic images of.

    Args:
        observations: Images that are known to be forged or authentic.

    Returns:
        Calibrations by the name of the medium; `None` if there are enough images of no medium.
    """
    media: dict[str, MediumCalibration] = {}
    for medium in sorted({one.medium for one in observations}):
        of_medium = [one for one in observations if one.medium == medium]
        forged = sum(bool(one.forged) for one in of_medium)
        authentic = len(of_medium) - forged
        if min(forged, authentic) < FEWEST_OF_EACH_KIND or _one_origin(of_medium):
            _log.warning(
                "images of medium %r get no verdict: %d forged and %d authentic ones of several "
                "origins are too few, %d of each are needed",
                medium,
                forged,
                authentic,
                FEWEST_OF_EACH_KIND,
            )
            continue
        media[medium] = MediumCalibration(
            forged=forged, authentic=authentic, image=fit_images(of_medium)
        )
    return media or None


def _one_origin(observations: Sequence[Observation]) -> bool:
    return any(
        len({one.group for one in observations if one.forged is kind}) < 2 for kind in (True, False)
    )
