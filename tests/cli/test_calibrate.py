"""`forensics-rt calibrate`, and what a user does with what it wrote."""

import json
import sys

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from forensics_rt import Bundle, Detector
from forensics_rt.calibration.file import read_calibration
from forensics_rt.cli.main import app
from forensics_rt.errors import (
    CalibrationError,
    ImageUnreadable,
    LabelError,
    OptionalDependency,
    OutputError,
)
from tests.bundles import constant_graph, write_bundle


@pytest.fixture
def run(bundle, tmp_path, monkeypatch):
    """Run `forensics-rt` with the tiny bundle, whose network answers the brightness."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def start(command, *words, folder=bundle.path):
        arguments = [command, *map(str, words), "--bundle", str(folder), "--backend", "numpy"]
        return CliRunner().invoke(app, arguments)

    return start


@pytest.fixture
def labeled(tmp_path):
    """Fourteen pages, ten of them edited."""
    return write_labeled(tmp_path, 10, 4)


def write_labeled(folder, forged, authentic):
    """Write pages whose edits are a dim 90, below 0.5; a speck of 80 on each is innocent."""
    for part in ("images", "masks", "authentic"):
        (folder / part).mkdir()
    rng = np.random.default_rng(2)
    for number in range(forged + authentic):
        page = rng.integers(0, 25, (96, 80), np.uint8)
        page[2:5, 60:75] = 80
        if number < forged:
            mask = np.zeros(page.shape, np.uint8)
            top, left = rng.integers(8, 48, 2)
            mask[top : top + 24, left : left + 20] = 255
            page[mask > 0] = 90
            cv2.imwrite(str(folder / "masks" / f"p{number}_mask.png"), mask)
        part = "images" if number < forged else "authentic"
        cv2.imwrite(str(folder / part / f"p{number}.png"), page)
    return ("--calibration-images", "images", "--masks", "masks", "--authentic", "authentic")


def test_ten_images_find_what_half_misses(run, labeled, tmp_path):
    done = run("calibrate", *labeled, "--out", "own.json", "--description", "ten dim pages")

    assert done.exit_code == 0, done.stdout
    record = read_calibration(tmp_path / "own.json")
    assert record.pixel.at_half.f1 == 0.0
    assert record.pixel.fitted.f1 > 0.9 and record.pixel.threshold <= 90 / 255
    seen = record.fitted_on
    assert (seen.images, seen.forged, seen.authentic) == (14, 10, 4)
    assert seen.description == "ten dim pages" and seen.recipe.name == "balanced"
    assert "new, each image left out once" in done.stdout
    assert "fpr-1%: not supported, needs 99 authentic images, there are 4" in done.stdout
    assert "calibration written to own.json" in done.stdout


def test_without_scikit_learn_nothing_is_run(run, labeled, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    monkeypatch.setattr(Detector, "stream", None)

    done = run("calibrate", *labeled, "--out", "own.json")

    assert isinstance(done.exception, OptionalDependency)
    assert "pip install 'forensics_rt[calibrate]'" in str(done.exception)


def test_a_calibration_file_changes_what_detect_finds(run, labeled):
    run("calibrate", *labeled, "--out", "own.json")

    plain = run("detect", "images", "authentic", "--out", "plain")
    own = run("detect", "images", "authentic", "--out", "own", "--calibration", "own.json")

    assert "scores are raw, not probabilities" in plain.stdout
    assert "scores are calibrated probabilities" in own.stdout and "verdict" in own.stdout
    before = json.loads(open("plain/p0.png.json").read())
    after = json.loads(open("own/p0.png.json").read())
    assert before["forged_share"] == 0 and before["verdict"] is None
    assert after["forged_share"] > 0.05 and after["calibrated"]
    assert after["raw_score"] == before["raw_score"]
    authentic = json.loads(open("own/p12.png.json").read())
    assert after["score"] > 0.7 > 0.4 > authentic["score"]
    assert after["verdict"] == authentic["verdict"] == "uncertain", "of so few nothing is promised"


def test_enough_images_of_each_kind_support_verdicts(run, tmp_path):
    done = run("calibrate", *write_labeled(tmp_path, 32, 32), "--into", "calibrated")

    assert "0 of 32 wrong" in done.stdout
    found = run("detect", "images", "authentic", folder="calibrated")
    assert found.exit_code == 0
    verdicts = json.loads(open("out/summary.json").read())["verdicts"]
    assert verdicts == {"forged": 32, "authentic": 32}


def test_resume_repeats_under_another_calibration(run, labeled):
    run("calibrate", *labeled, "--out", "own.json")
    words = ("detect", "images", "--resume")
    run(*words)

    own = (*words, "--calibration", "own.json")
    assert run(*own).stdout.count("done before") == 0
    assert run(*own).stdout.count("done before") == 10
    # The decision alone, without the calibration of scores, is another result.
    record = read_calibration("own.json").pixel
    high_threshold = (
        () if record.high_threshold is None else ("--high-threshold", record.high_threshold)
    )
    assert (
        run(*words, "--threshold", record.threshold, *high_threshold).stdout.count("done before")
        == 0
    )


def test_scores_and_resumed_results_follow_the_prevalence(run, labeled):
    run("calibrate", *labeled, "--out", "own.json")
    words = ("detect", "images", "--calibration", "own.json", "--resume")
    run(*words)
    fitted = json.loads(open("out/p0.png.json").read())

    rare = run(*words, "--prevalence", 0.01)

    assert "probabilities if 1% of the images are forged" in rare.stdout
    assert rare.stdout.count("done before") == 0
    found = json.loads(open("out/p0.png.json").read())
    assert found["score"] < fitted["score"] and found["raw_score"] == fitted["raw_score"]
    assert json.loads(open("out/summary.json").read())["prevalence"] == 0.01
    assert run(*words, "--prevalence", 0.01).stdout.count("done before") == 10


def test_into_makes_a_calibrated_bundle(run, labeled, tmp_path, bundle):
    done = run("calibrate", *labeled, "--into", "calibrated")

    copied = Bundle.open(tmp_path / "calibrated")
    assert done.exit_code == 0 and copied.id in done.stdout
    assert Bundle.open(bundle.path).id == bundle.id, "the original stays as it was"
    found = run("detect", "images", folder="calibrated")
    assert found.stdout.count(" uncertain ") == 10
    told = CliRunner().invoke(app, ["inspect", "calibrated"]).stdout
    assert "on 14 images (4 authentic), recipe balanced; platt" in told
    plain = CliRunner().invoke(app, ["inspect", str(bundle.path)]).stdout
    assert "none: scores are raw, not probabilities" in plain


def test_a_list_with_groups_does_as_well(run, labeled, tmp_path):
    rows = [f"images/p{n}.png,masks/p{n}_mask.png,case {n // 2}" for n in range(10)]
    rows += [f"authentic/p{n}.png,,case {n}" for n in range(10, 14)]
    (tmp_path / "list.csv").write_text("\n".join(["image,mask,group", *rows]))

    done = run("calibrate", "--list", "list.csv", "--out", "own.json")

    assert done.exit_code == 0 and "14 images, 10 forged, 4 authentic" in done.stdout


def test_a_calibration_does_not_go_with_another_bundle(run, labeled, tmp_path):
    run("calibrate", *labeled, "--out", "own.json")
    write_bundle(tmp_path / "other", [constant_graph(0.3)], name="other")

    done = run("detect", "images", "--calibration", "own.json", folder="other")

    assert isinstance(done.exception, CalibrationError)
    assert "fitted with bundle tiny 1" in str(done.exception) and "other 1" in str(done.exception)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--calibration-images", "images", "--masks", "masks"],
            "give --out for a file, --into for a bundle",
        ),
        (
            ["--calibration-images", "images", "--out", "o.json"],
            "--calibration-images and --masks belong together",
        ),
        (["--out", "o.json"], "give --calibration-images and --masks, or --list"),
    ],
)
def test_misuse_is_answered_with_what_would_do(run, labeled, words, message):
    done = run("calibrate", *words)

    assert done.exit_code == 2
    assert message in " ".join(done.output.replace("│", " ").split())


def test_labels_that_do_not_fit_stop_it_before_anything_is_written(run, labeled, tmp_path):
    cv2.imwrite(str(tmp_path / "masks" / "p3_mask.png"), np.zeros((5, 5), np.uint8))
    wrong_size = run("calibrate", *labeled, "--out", "own.json")
    (tmp_path / "masks" / "p3_mask.png").unlink()
    missing = run("calibrate", *labeled, "--out", "own.json")

    assert isinstance(wrong_size.exception, LabelError) and "80×96" in str(wrong_size.exception)
    assert isinstance(missing.exception, LabelError) and "p3" in str(missing.exception)
    assert not (tmp_path / "own.json").exists()


def test_an_image_that_cannot_be_read_is_not_passed_over(run, labeled, tmp_path):
    (tmp_path / "images" / "p4.png").write_bytes(b"no image")

    done = run("calibrate", *labeled, "--out", "own.json")

    assert isinstance(done.exception, ImageUnreadable) and "p4.png" in str(done.exception)


@pytest.mark.parametrize(
    ("option", "message"), [("--into", "exists already"), ("--out", "images: is a folder")]
)
def test_a_taken_place_is_found_out_before_the_work(run, labeled, option, message):
    done = run("calibrate", *labeled, option, "images")

    assert isinstance(done.exception, OutputError) and message in str(done.exception)
    assert done.stdout == ""


def test_a_limit_on_alarms_must_be_a_share(run, labeled):
    done = run("calibrate", *labeled, "--out", "own.json", "--alarmed", "5")

    assert "alarmed must lie between 0 and 1, but is 5" in str(done.exception)
