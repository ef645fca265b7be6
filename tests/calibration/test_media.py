"""Scores by medium: the same raw score means different things on a scan and on a screenshot."""

import numpy as np
import pytest

from forensics_rt import Detector
from forensics_rt.calibrate import LabeledInput, calibrate
from forensics_rt.calibration.file import calibration_id, read_calibration, write_calibration
from forensics_rt.calibration.media import fit_media
from forensics_rt.calibration.observations import Observation
from forensics_rt.calibration.prevalence import expect
from forensics_rt.calibration.record import MediumCalibration, OperatingPoint, Platt
from forensics_rt.calibration.report import report_lines
from forensics_rt.calibration.verdict import Conclusions, find_operating_point
from forensics_rt.io.medium.kinds import NO_IMAGE, UNKNOWN, Medium
from tests.calibration.records import record_for

SCAN, SCREEN = Medium("scan", "noise"), Medium("screen", "its shape")


def seen(medium: str, count: int, truth, seed: int = 0) -> list[Observation]:
    """Images of random raw scores, forged with the probability that `truth` gives."""
    rng = np.random.default_rng(seed)
    none = np.zeros((1, 1), np.int64)
    return [
        Observation(
            f"{medium} {n}", score, bool(rng.random() < truth(score)), none, none, 1, 1, medium
        )
        for n, score in enumerate(rng.random(count))
    ]


def with_media(record):
    """Scans as all images; of screenshots only raw scores near 1 are forged."""
    strict = record.image.model_copy(
        update={
            "calibrator": Platt(slope=1.0, intercept=-6.0),
            "operating_points": (
                OperatingPoint(name="fpr-1%", false_positive_rate=0.01, raw_score=0.99, recall=0.2),
            ),
        }
    )
    media = {
        "scan": MediumCalibration(forged=30, authentic=30, image=record.image),
        "screen": MediumCalibration(forged=10, authentic=90, image=strict),
    }
    return record.model_copy(update={"media": media})


def concluded(record, point=None, prevalence=None):
    return Conclusions(
        record.pixel.decision,
        record,
        find_operating_point(record, point),
        expect(record, prevalence),
    )


@pytest.fixture
def record(bundle):
    return with_media(record_for(bundle))


def test_each_medium_is_fitted_by_itself():
    scans = seen("scan", 300, lambda score: score)
    screens = seen("screen", 300, lambda score: score**8)

    media = fit_media(scans + screens)

    conclusions = [np.interp(0.6, *knots(media[name])) for name in ("scan", "screen")]
    assert conclusions[0] == pytest.approx(0.6, abs=0.15)
    assert conclusions[1] < 0.2
    assert media["scan"].forged + media["scan"].authentic == 300


def knots(medium):
    """Raw scores and probabilities of whatever calibrates a medium."""
    from forensics_rt.calibration.verdict import apply_calibrator

    raw = np.linspace(0, 1, 101)
    return raw, apply_calibrator(medium.image.calibrator, raw)


def test_too_few_images_of_a_medium_are_left_out_with_a_warning(caplog):
    scans, faxes = seen("scan", 200, lambda score: score), seen("fax", 30, lambda score: score)

    assert set(fit_media(scans + faxes)) == {"scan"}
    assert "images of medium 'fax' get no verdict" in caplog.text
    assert fit_media(faxes) is None


def test_the_medium_decides_what_a_raw_score_means(record):
    conclusions = concluded(record)

    assert conclusions.judge(0.9, SCAN).verdict == "forged"
    assert conclusions.judge(0.9, SCREEN).verdict == "authentic"
    assert conclusions.judge(0.9, SCREEN).score < conclusions.judge(0.9, SCAN).score


@pytest.mark.parametrize(
    "medium, said",
    [(None, "no medium fits well"), (Medium("photograph", "grain"), "the medium is photograph")],
)
def test_what_resembles_none_gets_no_verdict_and_a_reason(record, medium, said):
    judgment = concluded(record).judge(0.9, medium)

    assert judgment.verdict == "uncertain"
    assert judgment.reason == (
        f"{said}, but verdicts were calibrated for these media only: scan, screen"
    )


def test_images_of_no_known_medium_can_be_calibrated_too(record):
    unknown = record.model_copy(update={"media": {UNKNOWN: record.media["screen"]}})

    assert concluded(unknown).judge(0.9).verdict == "authentic"


def test_a_page_without_an_image_stays_not_applicable(record):
    judgment = concluded(record).judge(0.9, Medium("born digital", "drawn", NO_IMAGE))

    assert (judgment.verdict, judgment.reason) == ("not_applicable", NO_IMAGE)


def test_an_operating_point_has_its_limit_by_medium(record):
    conclusions = concluded(record, point="fpr-1%")

    assert conclusions.judge(0.97, SCAN).verdict == "forged"
    assert conclusions.judge(0.97, SCREEN).verdict != "forged"
    assert conclusions.judge(0.995, SCREEN).verdict == "forged"


def test_a_prevalence_counts_from_the_share_of_the_medium(record):
    rare, often = concluded(record, prevalence=0.1), concluded(record, prevalence=0.5)

    # A tenth of the screenshots were forged, half of the scans.
    plain = concluded(record)
    assert rare.judge(0.9, SCREEN).score == pytest.approx(plain.judge(0.9, SCREEN).score)
    assert often.judge(0.9, SCAN).score == pytest.approx(plain.judge(0.9, SCAN).score)
    assert rare.judge(0.9, SCAN).score < plain.judge(0.9, SCAN).score


def test_the_file_holds_the_media_and_old_ones_keep_their_id(record, tmp_path):
    write_calibration(tmp_path / "calibration.json", record)
    without = record.model_copy(update={"media": None})

    assert read_calibration(tmp_path / "calibration.json") == record
    assert "media" not in without.to_json()
    assert calibration_id(without) != calibration_id(record)


def test_the_report_counts_verdicts_by_medium(record):
    lines = "\n".join(report_lines(record))

    assert "medium screen: 10 forged, 90 authentic" in lines
    assert "images of any other medium: uncertain" in lines


def test_a_detector_is_calibrated_by_medium_and_says_why_it_abstains(bundle):
    rng = np.random.default_rng(0)

    def page(forged: bool, n: int) -> LabeledInput:
        # Even light and noise: a scan. The tiny network calls white forged.
        pixels = rng.normal(190, 3, (160, 160, 1)).clip(0, 255).astype(np.uint8).repeat(3, 2)
        mask = np.zeros((160, 160), np.uint8)
        if forged:
            pixels[40:60, 40:90], mask[40:60, 40:90] = 255, 1
        return LabeledInput(pixels, lambda height, width: mask, f"page {n}")

    pages = [page(n % 2 == 0, n) for n in range(44)]
    with Detector(bundle) as detector:
        record = calibrate(detector, pages, "noise", by_medium=True)
    with Detector(bundle, calibration=record) as detector:
        scan, tiny = detector(pages[0].image), detector(pages[0].image[:64, :64].copy())

    assert set(record.media) == {"scan"}
    assert scan.medium.name == "scan" and scan.reason is None
    assert tiny.verdict == "uncertain" and "no medium fits" in tiny.to_dict()["reason"]
