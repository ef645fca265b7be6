import json

import pytest
from pydantic import ValidationError

from forensics_rt.calibration.file import calibration_id, read_calibration, write_calibration
from forensics_rt.calibration.record import ImageCalibration
from forensics_rt.errors import CalibrationError
from tests.calibration.records import record_for


def test_what_was_written_is_read(bundle, tmp_path):
    record = record_for(bundle)
    write_calibration(tmp_path / "new" / "own.json", record)

    read = read_calibration(tmp_path / "new" / "own.json")

    assert read == record and calibration_id(read) == calibration_id(record)
    assert calibration_id(read) != calibration_id(record_for(bundle, images=4))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: d["pixel"].update(threshold=1.5),
            "pixel.threshold: Input should be less than 1",
        ),
        (lambda d: d.update(schema=2), "schema: Input should be 1"),
        (lambda d: d.update(extra=1), "extra: Extra inputs are not permitted"),
        (lambda d: d["image"]["calibrator"].update(slope=-1.0), "slope: Input should be greater"),
        (lambda d: d.update(image=None), "must hold either image or image_reason"),
        (lambda d: d["image"]["abstain"].update(low=0.9), "low must not lie above high"),
        (
            lambda d: d["image"].update(
                calibrator={"kind": "isotonic", "raw_score": [0.1, 0.2], "probability": [0.5, 0.4]}
            ),
            "probability must not fall",
        ),
        (
            lambda d: d["image"]["operating_points"][0].update(reason="both"),
            "must hold either raw_score, the limit, or the reason",
        ),
    ],
)
def test_a_file_that_is_wrong_is_answered_with_what_is_wrong(bundle, tmp_path, change, message):
    document = json.loads(record_for(bundle).to_json())
    change(document)
    (tmp_path / "own.json").write_text(json.dumps(document))

    with pytest.raises(CalibrationError, match=message):
        read_calibration(tmp_path / "own.json")


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
@pytest.mark.parametrize("field", ["ece", "ece_of_raw_score", "log_loss"])
def test_a_record_that_could_not_be_read_again_is_not_made(bundle, field, value):
    fields = record_for(bundle).image.model_dump() | {field: value}

    with pytest.raises(ValidationError, match=field):
        ImageCalibration(**fields)


def test_a_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "own.json").write_text("threshold = 0.5")

    with pytest.raises(CalibrationError, match=r"own\.json: not a calibration file: the file"):
        read_calibration(tmp_path / "own.json")
    with pytest.raises(CalibrationError, match="cannot be read: No such file"):
        read_calibration(tmp_path / "none.json")


def test_what_is_no_file_or_has_no_end_is_refused(tmp_path):
    endless = tmp_path / "endless.json"
    with endless.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(CalibrationError, match="has more than 16000000 bytes"):
        read_calibration(endless)
    with pytest.raises(CalibrationError, match=r"a\\x00b: cannot be read"):
        read_calibration("a\0b")
