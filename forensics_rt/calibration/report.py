"""A calibration as lines of text: what it found, and what it could not."""

from __future__ import annotations

from collections.abc import Iterator

from forensics_rt.calibration.record import (
    AbstainBand,
    CalibrationRecord,
    ImageCalibration,
    Isotonic,
)

_COLUMNS = (
    *("threshold", "high threshold", "high area"),
    *("F1", "precision", "recall", "false alarms", "alarmed"),
)


def report_lines(record: CalibrationRecord) -> list[str]:
    """Return a table of decisions and what is known of scores, one line each."""
    return [*_masks(record), "", *_scores(record)]


def _masks(record: CalibrationRecord) -> Iterator[str]:
    seen, pixel = record.fitted_on, record.pixel
    yield (
        f"{seen.images} images, {seen.forged} forged, {seen.authentic} authentic; "
        f"recipe {seen.recipe.name}, bundle {seen.bundle}"
    )
    yield ""
    yield f"{'decision':<32}" + "".join(f"{column:>13}" for column in _COLUMNS)
    for name, figures in (
        ("0.5", pixel.at_half),
        ("in force so far", pixel.before),
        ("new, each image left out once", pixel.fitted),
        ("best in hindsight", pixel.best),
    ):
        cells = (
            f"{figures.threshold:g}",
            "none" if figures.high_threshold is None else f"{figures.high_threshold:g}",
            f"{figures.high_area}",
            f"{figures.f1:.3f}",
            f"{figures.precision:.3f}",
            f"{figures.recall:.3f}",
            f"{figures.false_alarm_share:.3%}",
            "–" if figures.alarmed is None else f"{figures.alarmed:.0%}",
        )
        yield f"{name:<32}" + "".join(f"{cell:>13}" for cell in cells)
    yield "false alarms: share of authentic pixels; alarmed: authentic images with more than 0.1 %"
    if pixel.decision == pixel.before.decision:
        yield "these images give no reason to change the decision"
    elif pixel.fitted.f1 > pixel.before.f1:
        return
    elif (pixel.fitted.alarmed or 0.0) < (pixel.before.alarmed or 0.0):
        yield "the new decision alarms fewer authentic images; the price is that it finds less"
    else:
        yield "these images do not show that the new decision is better; label more before using it"


def _scores(record: CalibrationRecord) -> Iterator[str]:
    if record.image is None:
        yield f"scores stay uncalibrated: {record.image_reason}"
        return
    image = record.image
    yield f"probability of forgery: {_calibrator(image)}"
    yield (
        f"expected calibration error {image.ece:.3f}, each image left out once "
        f"(raw score {image.ece_of_raw_score:.3f}); log loss {image.log_loss:.3f}"
    )
    if record.fitted_on.images < 100:
        yield "with fewer than 100 images the calibration error is overestimated"
    if record.media is None:
        yield from _verdicts(image.abstain)
    for name, medium in (record.media or {}).items():
        yield f"medium {name}: {medium.forged} forged, {medium.authentic} authentic"
        yield from (f"  {line}" for line in _verdicts(medium.image.abstain))
    if record.media is not None:
        yield "images of any other medium: uncertain"
    for point in image.operating_points:
        if point.raw_score is None:
            yield f"{point.name}: not supported, {point.reason}"
        else:
            found = f"{point.recall or 0:.1%}"
            yield f"{point.name}: raw score from {point.raw_score:.4f}, finds {found}"


def _verdicts(band: AbstainBand) -> Iterator[str]:
    allowed = f"with at most {band.error_allowed:.0%} wrong"
    if band.authentic:
        yield f"authentic below {band.low:.3f}: {band.authentic_wrong} of {band.authentic} wrong"
    else:
        yield f"authentic: no image can be called that {allowed}"
    if band.forged:
        yield f"forged from {band.high:.3f}: {band.forged_wrong} of {band.forged} wrong"
    else:
        yield f"forged: no image can be called that {allowed}"
    yield f"uncertain otherwise: {band.uncertain} images"


def _calibrator(image: ImageCalibration) -> str:
    if isinstance(image.calibrator, Isotonic):
        return f"isotonic, {len(image.calibrator.raw_score)} knots"
    return f"Platt, slope {image.calibrator.slope:.3f}, intercept {image.calibrator.intercept:.3f}"
