"""`forensics-rt bench` on the tiny bundle, and once on the one inside the package."""

import json
import os

import pytest
from typer.testing import CliRunner

from forensics_rt import Bundle
from forensics_rt.bench.pages import made_up_pages
from forensics_rt.bench.report import Report
from forensics_rt.cli.main import app

# The quickest to start.
AGAINST = ("--reference", "numpy")


@pytest.fixture
def run(bundle, tmp_path, monkeypatch):
    """Run `forensics-rt bench` with the tiny bundle inside a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    small = ["--size", "64", "--pages", "2", "--warm-up", "0", "--streams", "1"]

    def start(*arguments, of=("--bundle", str(bundle.path)), made_up=small):
        return CliRunner().invoke(app, ["bench", *of, *made_up, *map(str, arguments)])

    return start


def test_the_table_has_speed_and_its_price_side_by_side(run, tmp_path):
    done = run("--backends", "numpy,openvino", "--out", "now.json", "--plot", "now.png", *AGAINST)

    assert done.exit_code == 0, done.output
    rows = [line.split("  ")[0].strip() for line in done.stdout.splitlines()]
    for name in (
        *("runs on", "latency p50, ms", "latency p90, ms", "latency p95, ms", "latency p99, ms"),
        *("images/s", "Mpx/s", "tiles/s", "start, s", "× the first"),
        *("decode, ms", "plan, ms", "gather, ms", "engine, ms", "merge, ms", "finish, ms"),
        *("idle, ms", "encode, ms", "outside engine", "CPU time, ms", "cores busy"),
        *("1 − IoU", "pixels flipped", "max |Δp|"),
    ):
        assert rows.count(name) == 1, name
    assert "numpy, balanced" in done.stdout and "openvino, balanced" in done.stdout
    assert (
        "30 runs each, in turns; accuracy against numpy fp32, balanced, which calls" in done.stdout
    )
    assert sorted(os.listdir(tmp_path)) == ["bundle", "now.json", "now.png"]

    other = run("--pages", "3", "--compare", "now.json", "--out", "other.json", made_up=())
    assert "was on other images" in str(other.exception)

    again = run("--backends", "numpy", "--compare", "now.json", "--reference", "none")
    assert again.exit_code == 0, again.output
    assert "against the run of 20" in again.stdout
    assert "openvino, balanced: only then" in again.stdout


def test_json_is_the_document_and_nothing_else(run):
    done = run("--backends", "numpy", "--json", "--reference", "none")

    report = Report.model_validate_json(done.stdout)
    assert report.reference is None and report.rows[0].samples.parity is None
    assert [page.name for page in report.pages] == ["made up 0, 64×64", "made up 1, 64×64"]
    assert len(report.rows[0].samples.runs) == 30


def test_a_sweep_has_a_column_for_each_value_and_lists_what_cannot_run(run, tmp_path):
    (page,) = made_up_pages(1, 70)
    (tmp_path / "scan.jpg").write_bytes(page.data)

    done = run(
        *("scan.jpg", "--backends", "numpy", "--sweep", "tile", "--values", "32,64,96"),
        *(*AGAINST, "--json"),
        made_up=("--streams", "1", "--warm-up", "0"),
    )

    document = json.loads(done.stdout)
    assert done.exit_code == 1, "not all of it ran"
    assert [row["label"] for row in document["rows"]] == [
        "numpy, balanced tile 32",
        "numpy, balanced tile 64",
    ]
    assert "bundle 'tiny' has [32, 64]" in document["not_run"][0]["reason"]
    assert [page["name"] for page in document["pages"]] == ["scan.jpg"]


def test_recipes_take_turns_and_the_first_is_the_measure(run):
    done = run("--backends", "numpy", "--recipe", "balanced, fast", "--json", *AGAINST)

    report = Report.model_validate_json(done.stdout)
    assert [row.label for row in report.rows] == ["numpy, balanced", "numpy, fast"]
    assert report.reference.label == "numpy fp32, balanced"
    assert [row.samples.setting.recipe.overlap for row in report.rows] == [24, 16]
    assert all(row.samples.parity is not None for row in report.rows)


def test_what_has_a_format_of_its_own_is_measured_in_both(run):
    done = run(
        "--backends",
        "openvino,numpy",
        "--precision",
        "auto,float32",
        "--json",
        "--reference",
        "none",
    )

    report = Report.model_validate_json(done.stdout)
    labels = [row.label for row in report.rows]
    assert labels == ["openvino, balanced", "openvino, balanced, float32", "numpy, balanced"]


def test_the_bundle_inside_the_package_is_measured_without_being_named(run):
    done = run("--backends", "openvino", "--json", "--reference", "onnxruntime", of=())

    report = Report.model_validate_json(done.stdout)
    assert report.bundle.startswith("forensics-rt-default")
    assert report.rows[0].samples.parity.flipped_share <= 0.005
    calibration = Bundle.open().manifest.calibration
    assert report.rows[0].samples.opened.threshold == calibration.pixel.threshold


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--runs", "29"], "Invalid value for '--runs'"),
        (["--values", "1,2"], "belongs to --sweep"),
        (["--sweep", "color"], "must be one of batch, threads, requests, tile, overlap"),
        (["--sweep", "batch", "--values", "x"], "must be whole numbers"),
        (["--reference", "tpu"], "no backend named 'tpu'; there are: auto, none"),
        (["--backends", "tpu"], "no backend named 'tpu'; there are: auto, all"),
        (["."], "no images in ."),
        (["--recipe", "max,best"], "no recipe named 'best'"),
        (["--compare", "missing.json"], "missing.json: cannot be read"),
        (["--out", "bundle"], "bundle: is a folder, not a file"),
        (["--plot", "bundle"], "bundle: is a folder, not a file"),
    ],
)
def test_misuse_is_found_out_before_anything_runs(run, arguments, message):
    done = run(*arguments)

    assert done.exit_code != 0 and done.stdout == ""
    said = done.output + str(done.exception)
    assert message in " ".join(said.replace("│", " ").split())
