"""`--precision float32` holds where this processor would take int8, in every command."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forensics_rt.bench.setting import Setting, open_detector
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cli.main import app
from forensics_rt.recipe import PRESETS
from train.evaluation.predictors import bundle_respondent

RECEIPT = Path(__file__).parents[2] / "docs" / "samples" / "receipt.jpg"


@pytest.fixture
def detect(on_vnni, fresh_process, tmp_path):
    """Run a command on a sample with the bundle `fast`, and return the precision it wrote down."""

    def run(command, *words):
        arguments = [command, str(RECEIPT), "--bundle", "fast", "--out", str(tmp_path), *words]
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        (document,) = tmp_path.glob("receipt*.json")
        return json.loads(document.read_text())["provenance"]["precision"], done.stdout

    return run


@pytest.mark.parametrize("command", ["detect", "detect-large"])
def test_a_command_computes_in_int8_unless_told_otherwise(detect, command, tmp_path):
    assert detect(command)[0] == "int8"
    for path in tmp_path.glob("receipt*"):
        path.unlink()
    assert detect(command, "--precision", "float32")[0] == "f32"


def test_resume_takes_no_rounded_result_for_float32_but_one_in_float32_for_any(detect):
    detect("detect")
    assert "done before" in detect("detect", "--resume")[1]
    precision, said = detect("detect", "--resume", "--precision", "float32")
    assert precision == "f32" and "done before" not in said
    precision, said = detect("detect", "--resume")
    assert precision == "f32" and "done before" in said


@pytest.mark.parametrize(("precision", "expected"), [("auto", "int8"), ("float32", "f32")])
def test_measurements_and_evaluations_are_told(on_vnni, precision, expected):
    setting = Setting("openvino", None, PRESETS["balanced"], precision=precision)
    with open_detector(Bundle.open("fast"), setting) as detector:
        assert detector.capabilities.precision == expected
    respondent = bundle_respondent("fast", precision=precision)
    assert respondent.description["precision"] == expected
