import logging

import numpy as np
import pytest

from forensics_rt.calibration.decision import Decision
from forensics_rt.calibration.figures import mask_figures
from forensics_rt.calibration.fit import fit_calibration
from forensics_rt.calibration.grid import DecisionGrid
from forensics_rt.calibration.pixel import choose_decision
from forensics_rt.calibration.record import CalibrationRecord, Fitting
from forensics_rt.calibration.report import report_lines
from forensics_rt.errors import CalibrationError
from forensics_rt.recipe import PRESETS
from tests.calibration.pages import observations

GRID = DecisionGrid()
HALF = Decision(0.5)
ORIGIN = Fitting(
    description="synthetic maps",
    images=12,
    forged=8,
    authentic=4,
    bundle="tiny 1 (id 0)",
    networks="0",
    recipe=PRESETS["balanced"],
    date="2026-11-23T00:00:00+00:00",
)


def test_the_figures_of_the_new_decision_come_from_images_it_was_not_chosen_on():
    seen = observations(range(12), -3.0, GRID)

    pixel = fit_calibration(seen, GRID, HALF, ORIGIN).pixel

    without = [
        choose_decision([one for one in seen if one is not left_out], GRID, HALF)
        for left_out in seen
    ]
    expected = mask_figures(seen, GRID, without).f1
    assert pixel.fitted.f1 == pytest.approx(expected)
    assert Decision(pixel.threshold, pixel.high_threshold) == choose_decision(seen, GRID, HALF)
    assert pixel.at_half.f1 < pixel.fitted.f1 <= pixel.best.f1
    assert pixel.at_half == pixel.before


def test_a_record_survives_a_round_trip_and_can_be_told():
    record = fit_calibration(observations(range(12), -3.0, GRID), GRID, HALF, ORIGIN)

    quieter = record.pixel.fitted.model_copy(update={"f1": 0.0, "alarmed": 0.0})
    louder = record.pixel.before.model_copy(update={"f1": 0.5, "alarmed": 0.5})
    pixel = record.pixel.model_copy(update={"fitted": quieter, "before": louder})
    advice = report_lines(record.model_copy(update={"pixel": pixel}))
    assert (
        "the new decision alarms fewer authentic images; the price is that it finds less" in advice
    )
    assert CalibrationRecord.model_validate_json(record.to_json()) == record
    text = "\n".join(report_lines(record))
    assert "12 images, 8 forged, 4 authentic; recipe balanced, bundle tiny 1 (id 0)" in text
    assert f"{record.pixel.best.f1:.3f}" in text
    assert "fpr-1%: not supported, needs 99 authentic images, there are 4" in text
    assert "with fewer than 100 images the calibration error is overestimated" in text


def test_without_authentic_images_scores_stay_uncalibrated_and_it_is_said(caplog):
    forged = [one for one in observations(range(12), -3.0, GRID) if one.forged]

    with caplog.at_level(logging.WARNING):
        record = fit_calibration(forged, GRID, HALF, ORIGIN)

    assert record.image is None and record.pixel.fitted.alarmed is None
    assert "needs at least 2 authentic images" in caplog.text
    assert "scores stay uncalibrated: a probability needs" in "\n".join(report_lines(record))


def test_images_of_one_origin_are_one():
    seen = [one for one in observations(range(12), -3.0, GRID) if one.forged][:1] * 5

    with pytest.raises(CalibrationError, match="at least 2 forged images of different origin"):
        fit_calibration(seen, GRID, HALF, ORIGIN)


def test_a_decision_that_is_not_shown_to_be_better_is_called_that():
    record = fit_calibration(observations(range(12), -3.0, GRID), GRID, HALF, ORIGIN)
    worse = record.pixel.fitted.model_copy(update={"f1": record.pixel.before.f1 - 0.01})
    pixel = record.pixel.model_copy(update={"fitted": worse})

    lines = report_lines(record.model_copy(update={"pixel": pixel}))

    assert any("do not show that the new decision is better" in line for line in lines)
    assert not any("do not show" in line for line in report_lines(record))


def test_evidence_that_separates_gives_probabilities_on_the_right_side():
    record = fit_calibration(observations(range(30), 0.0, GRID), GRID, HALF, ORIGIN)

    assert record.image.calibrator.slope > 0
    assert record.image.ece < record.image.ece_of_raw_score
    assert np.isfinite(record.image.log_loss)
