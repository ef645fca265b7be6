"""Recipes of one's own on the command line: from a file, and by options."""

import json

import cv2
import pytest
from typer.testing import CliRunner

from forensics_rt.bench.report import Report
from forensics_rt.calibration.file import read_calibration
from forensics_rt.cli.main import app
from tests.cli.test_calibrate import write_labeled
from tests.io.images import noise


@pytest.fixture
def run(bundle, tmp_path, monkeypatch):
    """Run a command with the tiny bundle inside a folder that holds an image and a recipe."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("scan.png", noise())
    (tmp_path / "mine.toml").write_text("overlap = 8\n")

    def start(command, *arguments):
        words = [command, *arguments, "--bundle", bundle.path]
        return CliRunner().invoke(app, [str(word) for word in words])

    return start


def detect(run, *options):
    done = run("detect", "scan.png", "--backend", "numpy", "--json", *options)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["provenance"]["recipe"]


def test_a_file_is_a_recipe(run):
    recipe = detect(run, "--recipe", "mine.toml")

    assert (recipe["name"], recipe["overlap"]) == ("mine", 8)


def test_options_change_the_recipe_and_its_name(run):
    options = ("--overlap", "16", "--tiles", "64,32", "--tta", "flips")
    recipe = detect(run, "--recipe", "mine.toml", *options)

    assert recipe["name"] == "mine+overlap=16+tiles=32,64+tta=flips"
    assert (recipe["overlap"], recipe["tile_sizes"]) == (16, [32, 64])
    assert len(recipe["tta"]) == 4


def test_resume_takes_results_of_the_same_recipe_only(run):
    first = ("detect", "scan.png", "--backend", "numpy", "--resume")

    assert "1 of an earlier run" not in run(*first).output
    assert "1 of an earlier run" not in run(*first, "--tta", "all").output
    assert "1 of an earlier run" in run(*first, "--tta", "all").output
    assert "1 of an earlier run" not in run(*first, "--tta", "flips").output


def test_large_images_take_the_same_options(run, fresh_process):
    done = run("detect-large", "scan.png", "--backend", "numpy", "--json", "--overlap", "8")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["provenance"]["recipe"]["name"] == "balanced+overlap=8"


def test_a_calibration_is_fitted_with_them(run, tmp_path):
    pairs = write_labeled(tmp_path, 10, 4)
    done = run("calibrate", *pairs, "--out", "mine.json", "--backend", "numpy", "--tta", "flips")

    assert done.exit_code == 0, done.output
    assert read_calibration(tmp_path / "mine.json").fitted_on.recipe.name == "balanced+tta=flips"


def test_a_bench_measures_each_recipe_with_them(run):
    small = ("--size", "64", "--pages", "2", "--warm-up", "0", "--streams", "1")
    recipes = ("--recipe", "mine.toml,fast", "--tiles", "64")
    quiet = ("--backends", "numpy", "--reference", "none", "--json")
    done = run("bench", *small, *recipes, *quiet)

    report = Report.model_validate_json(done.stdout)
    names = [row.samples.setting.recipe.name for row in report.rows]
    assert names == ["mine+tiles=64", "fast+tiles=64"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--recipe", "other.toml"), "other.toml: cannot be read"),
        (("--tiles", "a"), "must be whole numbers separated by commas"),
        (("--tiles", "96"), "bundle 'tiny' has [32, 64]"),
        (("--tta", "flip"), "no TTA named 'flip'"),
        (("--overlap", "-1"), "overlap is -1, must be 0 or more"),
    ],
)
def test_what_cannot_be_run_is_refused(run, options, message):
    done = run("detect", "scan.png", "--backend", "numpy", *options)

    assert done.exit_code != 0
    assert message in " ".join((done.output + str(done.exception)).replace("│", " ").split())
