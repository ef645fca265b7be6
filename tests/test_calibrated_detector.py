"""A detector with a calibration: of its bundle, or of the caller."""

import json
import logging

import numpy as np
import pytest

from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.bundle.copying import copy_with_calibration
from forensics_rt.calibration.file import calibration_id, write_calibration
from forensics_rt.calibration.record import MediumCalibration
from forensics_rt.errors import CalibrationError, ManifestInvalid, OutputError, RecipeError
from tests.bundles import brightness_graph, constant_graph, write_bundle
from tests.calibration.records import record_for


@pytest.fixture
def record(bundle):
    return record_for(bundle)


def gray(level):
    return np.full((64, 64, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("level", "point", "verdict"),
    [
        (50, None, "authentic"),
        (150, None, "uncertain"),
        (210, None, "forged"),
        (210, "fpr-1%", "uncertain"),
        (250, "fpr-1%", "forged"),
        (50, "fpr-1%", "authentic"),
    ],
)
def test_a_calibrated_score_is_a_probability_with_a_verdict(bundle, record, level, point, verdict):
    with Detector(bundle, "numpy", calibration=record, operating_point=point) as detector:
        detection = detector(gray(level))

    assert detection.calibrated and detection.verdict == verdict
    assert detection.score == pytest.approx(level / 255, abs=1e-5), "slope 1, intercept 0"
    assert detection.raw_score == pytest.approx(level / 255, abs=1e-6)
    assert detection.provenance.calibration == calibration_id(record)
    assert detection.provenance.operating_point == point
    assert f"verdict={verdict}" in repr(detection)


def test_an_uncalibrated_score_is_the_evidence_and_there_is_no_verdict(detector):
    detection = detector(gray(250))

    assert detection.score == detection.raw_score and detection.verdict is None
    document = json.loads(json.dumps(detection.to_dict()))
    assert document["calibrated"] is False and document["verdict"] is None
    assert document["provenance"]["calibration"] is None


def test_a_calibration_of_pixels_alone_gives_no_verdict(bundle):
    with Detector(bundle, "numpy", calibration=record_for(bundle, image=False)) as detector:
        detection = detector(gray(250))

    assert detection.verdict is None and detection.threshold == 0.3


def test_the_mask_is_that_of_threshold_and_peak(bundle, record, page):
    with Detector(bundle, "numpy", calibration=record) as detector:
        detection = detector(page)

    assert (detection.threshold, detection.high_threshold) == (0.3, 0.9)
    assert detection.mask[20, 40] and not detection.mask[65, 100], (
        "gray 200 reaches no high threshold"
    )
    recipe = detection.provenance.recipe
    assert (recipe.threshold, recipe.high_threshold) == (0.3, 0.9)
    assert detection.to_dict()["high_threshold"] == 0.9


def test_threshold_and_peak_come_from_the_first_that_has_them(tmp_path, bundle, record):
    calibrated = copy_with_calibration(bundle, record, tmp_path / "calibrated")
    own = Recipe("own", threshold=0.7, high_threshold=0.75)

    def decision(opened, recipe="balanced", **asked):
        with Detector(opened, "numpy", recipe, **asked) as detector:
            assert detector.high_area == 1
            return detector.threshold, detector.high_threshold

    assert decision(bundle) == (0.5, None)
    assert decision(calibrated) == (0.3, 0.9)
    assert decision(calibrated, own) == (0.7, 0.75), "a recipe that says so itself"
    assert decision(calibrated, own, calibration=record) == (0.3, 0.9), "the caller's own"
    assert decision(calibrated, own, threshold=0.6) == (0.6, None), (
        "its high threshold goes with it"
    )
    assert decision(calibrated, threshold=0.6, high_threshold=0.8) == (0.6, 0.8)
    assert decision(calibrated, high_threshold=0.95) == (0.3, 0.95)


def test_a_high_area_goes_with_its_high_threshold(tmp_path, bundle, record):
    pixel = record.pixel.model_copy(update={"high_area": 64})
    record = record.model_copy(update={"pixel": pixel})
    own = Recipe("own", threshold=0.7, high_threshold=0.75, high_area=9)

    def decision(recipe="balanced", calibration=record, **asked):
        with Detector(bundle, "numpy", recipe, calibration=calibration, **asked) as detector:
            return detector.threshold, detector.high_threshold, detector.high_area

    assert decision() == (0.3, 0.9, 64)
    assert decision(high_area=5) == (0.3, 0.9, 5)
    assert decision(high_threshold=0.95) == (0.3, 0.95, 1), "it was not chosen for that one"
    assert decision(high_threshold=0.95, high_area=5) == (0.3, 0.95, 5)
    assert decision(threshold=0.6) == (0.6, None, 1)
    assert decision(own, calibration=None) == (0.7, 0.75, 9)
    assert decision(own, calibration=None, high_area=2) == (0.7, 0.75, 2)


def test_a_high_area_above_that_of_every_region_empties_the_mask(bundle, record, page):
    with Detector(bundle, "numpy", calibration=record, high_area=10**6) as detector:
        detection = detector(page)

    assert not detection.mask.any() and detection.probability.max() > 0.9
    assert detection.to_dict()["high_area"] == detection.provenance.recipe.high_area == 10**6


@pytest.mark.parametrize("area", [0, -3, 1.5])
def test_a_high_area_that_is_no_count_is_refused(bundle, area):
    with pytest.raises(RecipeError, match="high_area must be"):
        Detector(bundle, "numpy", high_area=area)


def test_a_calibration_without_a_high_area_is_written_as_before(record):
    assert "high_area" not in record.to_json()
    pixel = record.pixel.model_copy(update={"high_area": 64})
    wider = record.model_copy(update={"pixel": pixel})
    assert type(record).model_validate_json(wider.to_json()) == wider


def test_a_calibration_file_does_what_the_record_does(bundle, record, tmp_path, page):
    write_calibration(tmp_path / "own.json", record)

    with (
        Detector(bundle, "numpy", calibration=tmp_path / "own.json") as by_file,
        Detector(bundle, "numpy", calibration=record) as by_record,
    ):
        assert by_file.conclusions == by_record.conclusions


def test_a_calibration_of_other_networks_is_refused_and_both_are_named(bundle, tmp_path):
    other = write_bundle(tmp_path / "other", [constant_graph(0.5)], name="other")

    with pytest.raises(CalibrationError) as refused:
        Detector(bundle, "numpy", calibration=record_for(other))

    assert f"other 1 (id {other.id})" in str(refused.value)
    assert f"tiny 1 (id {bundle.id})" in str(refused.value)


def test_another_recipe_is_used_with_a_warning(bundle, record, caplog):
    with caplog.at_level(logging.WARNING):
        Detector(bundle, "numpy", calibration=record).close()
        Detector(bundle, "numpy", Recipe("mine", threshold=0.4), calibration=record).close()
        assert not caplog.records, "a decision changes no map"
        Detector(bundle, "numpy", "fast", calibration=record).close()

    assert "fitted with recipe 'balanced', but recipe 'fast' runs" in caplog.text
    assert "with another overlap: thresholds and scores may be off" in caplog.text


@pytest.mark.parametrize(
    ("image", "point", "message"),
    [
        (True, "fpr-2%", "no operating point 'fpr-2%'; there are: fpr-1%, fpr-0.1%"),
        (True, "fpr-0.1%", "not supported by the images of the calibration: needs 999"),
        (False, "fpr-1%", "needs calibrated scores, but too few images"),
    ],
)
def test_an_operating_point_that_is_not_there_is_refused(bundle, image, point, message):
    with pytest.raises(CalibrationError, match=message):
        Detector(bundle, "numpy", calibration=record_for(bundle, image), operating_point=point)


def test_an_operating_point_without_a_calibration_is_refused(bundle):
    with pytest.raises(CalibrationError, match="there is no calibration; calibrate with"):
        Detector(bundle, "numpy", operating_point="fpr-1%")


@pytest.mark.parametrize(
    ("level", "share", "verdict"),
    [
        (250, 1 / 3, "forged"),
        (250, 0.01, "uncertain"),
        (150, 0.01, "authentic"),
        (150, 0.9, "forged"),
        (150, 0.8, "uncertain"),
        (250, 0.9, "forged"),
    ],
)
def test_scores_hold_for_the_prevalence_that_is_asked_for(bundle, level, share, verdict):
    record = record_for(bundle, images=30, forged=10, authentic=20)
    times_as_often_forged = level / (255 - level) * 20 / 10

    with Detector(bundle, "numpy", calibration=record, prevalence=share) as detector:
        detection = detector(gray(level))

    odds = times_as_often_forged * share / (1 - share)
    assert detection.score == pytest.approx(odds / (1 + odds), abs=1e-4)
    assert detection.verdict == verdict
    assert detection.raw_score == pytest.approx(level / 255, abs=1e-6), "what is seen is the same"
    assert detection.to_dict()["provenance"]["prevalence"] == share


@pytest.mark.parametrize(
    ("share", "verdicts"), [(1e-9, ["forged"]), (0.5, []), (1 - 1e-9, ["authentic"])]
)
def test_a_prevalence_at_which_a_verdict_is_never_given_is_warned_of(
    bundle, share, verdicts, caplog
):
    """Who waits for "forged" must hear of it, not wait for ever."""
    record = record_for(bundle, images=30, forged=15, authentic=15)
    Detector(bundle, "numpy", calibration=record, prevalence=share).close()

    assert [message.split(":")[0] for message in caplog.messages] == [
        f"with prevalence {share:g} no image is called {verdict}" for verdict in verdicts
    ]


def test_a_verdict_that_one_medium_gives_is_not_warned_of(bundle, caplog):
    record = record_for(bundle, images=30, forged=15, authentic=15)
    scans = MediumCalibration(forged=15, authentic=15, image=record.image)
    by_medium = record.model_copy(update={"media": {"scan": scans}})
    Detector(bundle, "numpy", calibration=by_medium, prevalence=0.5).close()
    assert not caplog.messages

    Detector(bundle, "numpy", calibration=by_medium, prevalence=1e-9).close()
    assert "no image is called forged" in caplog.text


def test_an_operating_point_holds_at_any_prevalence(bundle, record):
    with Detector(
        bundle, "numpy", calibration=record, operating_point="fpr-1%", prevalence=0.001
    ) as detector:
        assert detector(gray(250)).verdict == "forged", "its limit is on the raw score"


@pytest.mark.parametrize(
    ("image", "share", "message"),
    [
        (True, 1.0, r"above 0 and below 1, but is 1\.0; give 0.01 for one forged image"),
        (True, 0.0, r"above 0 and below 1, but is 0\.0"),
        (True, float("nan"), "but is nan"),
        (True, "a", "above 0 and below 1, but is 'a'"),
        (False, 0.01, "a prevalence needs calibrated scores, but too few images"),
    ],
)
def test_a_prevalence_that_means_nothing_is_refused(bundle, image, share, message):
    with pytest.raises(CalibrationError, match=message):
        Detector(bundle, "numpy", calibration=record_for(bundle, image), prevalence=share)


def test_a_prevalence_needs_images_of_both_kinds(bundle):
    record = record_for(bundle, images=5, forged=5, authentic=0)
    with pytest.raises(CalibrationError, match="fitted on 5 forged and 0 authentic ones"):
        Detector(bundle, "numpy", calibration=record, prevalence=0.1)


def test_a_prevalence_without_a_calibration_is_refused(bundle):
    with pytest.raises(CalibrationError, match="there is no calibration; calibrate with"):
        Detector(bundle, "numpy", prevalence=0.01)


def test_numbers_of_numpy_can_be_saved(bundle, record, page, tmp_path):
    numbers = {name: np.float32(0.25) for name in ("threshold", "high_threshold", "prevalence")}

    with Detector(bundle, "numpy", calibration=record, **numbers) as detector:
        saved = json.loads(detector(page).save(tmp_path).read_text())

    assert (
        saved["threshold"] == saved["high_threshold"] == saved["provenance"]["prevalence"] == 0.25
    )


def test_a_peak_that_is_no_probability_is_refused(bundle):
    with pytest.raises(RecipeError, match=r"high_threshold must lie between 0 and 1, got 1\.5"):
        Detector(bundle, "numpy", high_threshold=1.5)


def test_a_calibrated_copy_is_a_bundle_of_its_own(bundle, record, tmp_path, page):
    before = (bundle.path / "manifest.json").read_bytes()

    copied = copy_with_calibration(bundle, record, tmp_path / "deep" / "calibrated")

    assert Bundle.open(copied.path).manifest.calibration == record
    assert copied.id != bundle.id and copied.manifest.networks_id == bundle.manifest.networks_id
    assert (bundle.path / "manifest.json").read_bytes() == before
    with Detector(copied, "numpy") as detector:
        assert detector(page).verdict == "forged"
    with Detector(copied, "numpy", calibration=record_for(bundle)) as detector:
        assert detector.threshold == 0.3, "a file fitted before the copy was made still fits"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["calibrated"]


def test_a_copy_never_takes_the_place_of_something(bundle, record, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()

    with pytest.raises(OutputError, match="taken: exists already"):
        copy_with_calibration(bundle, record, tmp_path / "taken")


def test_a_copy_with_a_calibration_of_other_networks_is_refused(bundle, tmp_path):
    other = write_bundle(tmp_path / "other", [brightness_graph()], weights=[2.0])

    with pytest.raises(CalibrationError, match="whose networks are not those of"):
        copy_with_calibration(bundle, record_for(other), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_manifest_with_a_calibration_of_other_networks_is_invalid(bundle, tmp_path):
    other = write_bundle(tmp_path / "other", [constant_graph(0.5)])
    changed = bundle.manifest.model_copy(update={"calibration": record_for(other)})
    (bundle.path / "manifest.json").write_text(changed.to_json())

    with pytest.raises(ManifestInvalid, match="was fitted with other networks"):
        Bundle.open(bundle.path)


def test_a_manifest_from_before_calibration_still_opens(bundle):
    document = json.loads(bundle.manifest.to_json())
    del document["calibration"]
    (bundle.path / "manifest.json").write_text(json.dumps(document))

    assert Bundle.open(bundle.path).manifest.calibration is None
