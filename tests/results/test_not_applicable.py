"""A page that shows no image can carry no traces: no network is asked, and the verdict says so."""

import json
import pickle
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from forensics_rt import Detector, Failure
from forensics_rt.calibrate import LabeledInput, calibrate
from forensics_rt.cli.main import app
from forensics_rt.errors import CalibrationError
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.medium.kinds import NO_IMAGE, Medium, born_digital
from forensics_rt.io.pages import Page
from tests.backends.played_tensorrt import engine_bundle, open_played
from tests.bundles import brightness_graph, write_bundle
from tests.cuda.test_device_path import TILES

NEVER_SCANNED = Path(__file__).parents[1] / "data" / "pdf" / "pdf-never-scanned.pdf"


def drawn(pixels):
    """What decoding gives for a page of lines and text."""
    digest = Future()
    digest.set_result("0" * 64)
    medium = born_digital("made by hand")
    return DecodedImage(
        pixels=pixels, name="drawn.pdf", digest=digest, format="PDF", mode="RGB", medium=medium
    )


@pytest.fixture
def white_page(monkeypatch):
    """Have whatever is decoded be a drawn page, white as the tiny network's idea of forged."""
    image = drawn(np.full((90, 120, 3), 255, np.uint8))
    monkeypatch.setattr("forensics_rt.image_task.decode", lambda *given: image)


def says_nothing(detection):
    assert detection.verdict == "not_applicable" and detection.reason == NO_IMAGE
    assert (detection.score, detection.raw_score, detection.calibrated) == (0.0, 0.0, False)
    assert not detection.probability.any() and not detection.mask.any()
    assert detection.regions == () and detection.uncertainty is None
    assert detection.provenance.tiles == 0
    return True


def test_no_network_is_asked(detector, white_page, monkeypatch):
    monkeypatch.setattr(detector.backend, "infer", lambda *given: pytest.fail("asked"))

    detection = detector("drawn.pdf")

    assert says_nothing(detection) and detection.probability.shape == (90, 120)
    assert not {"engine", "gather", "merge"} & detection.seconds.keys()
    assert detection.medium == Medium("born digital", "made by hand", NO_IMAGE)
    assert pickle.loads(pickle.dumps(detection)).reason == NO_IMAGE


def test_a_calibrated_detector_does_not_call_it_untouched():
    with Detector() as detector:
        assert detector.conclusions.calibrates_scores
        assert says_nothing(detector(NEVER_SCANNED))


@pytest.mark.parametrize("device", [False, True], ids=["host", "device"])
def test_in_a_stream_it_keeps_its_place(tmp_path, device):
    if device:
        bundle = engine_bundle(tmp_path / "engines", tiles=TILES)
        backend, _, _ = open_played(bundle)
    else:
        bundle, backend = write_bundle(tmp_path / "bundle", [brightness_graph()]), "numpy"
    photo = np.random.default_rng(0).integers(0, 256, (90, 130, 3)).astype(np.uint8)
    with Detector(bundle, backend) as detector:
        results = list(
            detector.stream([photo, NEVER_SCANNED, "missing.png", photo, NEVER_SCANNED], "yield")
        )

    assert isinstance(results[2], Failure)
    assert says_nothing(results[1]) and says_nothing(results[4])
    assert results[0].reason is None and results[0].probability.any()
    assert np.array_equal(results[0].probability, results[3].probability)


def test_an_image_is_never_not_applicable(detector):
    from tests.io.medium.test_rules import PAGE

    detection = detector(PAGE)

    assert detection.medium.name == "born digital"
    assert detection.reason is None and detection.verdict is None


def test_a_page_and_the_whole_file_are_the_same(detector):
    assert says_nothing(detector(NEVER_SCANNED)) and says_nothing(detector(Page(NEVER_SCANNED, 1)))


def test_it_is_saved_with_its_reason(detector, tmp_path):
    document = json.loads(detector(NEVER_SCANNED).save(tmp_path).read_text())

    assert (document["verdict"], document["reason"]) == ("not_applicable", NO_IMAGE)
    assert document["medium"] == {
        "name": "born digital",
        "evidence": "a PDF page without an image",
    }
    mask = cv2.imread(str(tmp_path / "pdf-never-scanned.pdf.mask.png"), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (document["height"], document["width"]) and not mask.any()


def test_the_command_line_counts_and_explains_it(bundle, tmp_path, page):
    cv2.imwrite(str(tmp_path / "page.png"), page)
    command = ["detect", str(NEVER_SCANNED), str(tmp_path / "page.png"), "--backend", "numpy"]
    command += ["--bundle", str(bundle.path), "--out", str(tmp_path / "out")]
    for resume in ([], ["--resume"]):
        done = CliRunner().invoke(app, command + resume, catch_exceptions=False)

        assert done.exit_code == 0
        shown = " ".join(done.stdout.split())
        assert f"no answer for 1 image: {NO_IMAGE}" in shown
        summary = json.loads((tmp_path / "out" / "summary.json").read_text())
        assert summary["verdicts"] == {"not_applicable": 1}
        assert summary["media"] == {"born digital": 1, "unknown": 1}
    lines = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").open()]
    assert [(line["verdict"], line["reason"], line["medium"]) for line in lines] == [
        ("not_applicable", NO_IMAGE, "born digital"),
        (None, None, None),
    ]


def test_calibration_leaves_it_out(detector, caplog):
    white = LabeledInput(NEVER_SCANNED, lambda height, width: pytest.fail("looked at"), "a")
    with pytest.raises(CalibrationError):
        calibrate(detector, [white], "nothing but drawn pages")

    assert f"left out of the calibration: {NO_IMAGE}" in caplog.text


def test_a_medium_with_traces_is_judged_by_its_evidence(detector, monkeypatch):
    image = drawn(np.full((90, 120, 3), 255, np.uint8))
    image = replace(image, medium=Medium("scan", "made by hand"))
    monkeypatch.setattr("forensics_rt.image_task.decode", lambda *given: image)

    assert detector("scan.pdf").score == pytest.approx(1.0)
