"""A calibration that fits the tiny bundle of the tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from forensics_rt import Bundle
from forensics_rt.calibration.record import (
    AbstainBand,
    CalibrationRecord,
    Fitting,
    ImageCalibration,
    MaskFigures,
    OperatingPoint,
    PixelCalibration,
    Platt,
)
from forensics_rt.recipe import PRESETS
from forensics_rt.results.policy import fit_recipe


def record_for(bundle: Bundle, image: bool = True, **fitted_on: Any) -> CalibrationRecord:
    """Thresholds 0.3 and 0.9; the probability is the raw score; uncertain from 0.4 to 0.8."""
    figures = MaskFigures(
        threshold=0.3,
        high_threshold=0.9,
        f1=0.5,
        precision=0.5,
        recall=0.5,
        false_alarm_share=0,
        alarmed=0,
    )
    band = AbstainBand(
        low=0.4,
        high=0.8,
        error_allowed=0.05,
        authentic=1,
        authentic_wrong=0,
        uncertain=1,
        forged=1,
        forged_wrong=0,
    )
    of_images = ImageCalibration(
        calibrator=Platt(slope=1.0, intercept=0.0),
        ece=0.1,
        ece_of_raw_score=0.2,
        log_loss=0.3,
        abstain=band,
        operating_points=(
            OperatingPoint(name="fpr-1%", false_positive_rate=0.01, raw_score=0.95, recall=0.5),
            OperatingPoint(name="fpr-0.1%", false_positive_rate=0.001, reason="needs 999"),
        ),
    )
    manifest = bundle.manifest
    recipe = replace(fit_recipe(PRESETS["balanced"], manifest))
    origin = {
        "description": "tests",
        "images": 3,
        "forged": 2,
        "authentic": 1,
        "bundle": f"{manifest.name} {manifest.version} (id {bundle.id})",
        "networks": manifest.networks_id,
        "recipe": recipe,
        "date": "2026-11-23T00:00:00+00:00",
    }
    return CalibrationRecord(
        pixel=PixelCalibration(
            threshold=0.3,
            high_threshold=0.9,
            fitted=figures,
            at_half=figures,
            before=figures,
            best=figures,
        ),
        image=of_images if image else None,
        image_reason=None if image else "too few images",
        fitted_on=Fitting(**(origin | fitted_on)),
    )
