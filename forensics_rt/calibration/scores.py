"""What a calibration says of scores, for whatever cannot do without it."""

from __future__ import annotations

from forensics_rt.calibration.record import CalibrationRecord, Fitting, ImageCalibration
from forensics_rt.errors import CalibrationError


def calibrated_scores(
    record: CalibrationRecord | None, wanted: str
) -> tuple[ImageCalibration, Fitting]:
    """Return the image part of a calibration, and what it was fitted on.

    Args:
        record: The calibration; `None` for none.
        wanted: What needs it, in words.

    Raises:
        CalibrationError: If there is none, or it is one of pixels alone.
    """
    if record is None or record.image is None:
        why = "there is no calibration" if record is None else str(record.image_reason)
        raise CalibrationError(
            f"{wanted} needs calibrated scores, but {why}; calibrate with `forensics-rt "
            "calibrate`, or leave it out"
        )
    return record.image, record.fitted_on
