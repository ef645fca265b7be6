"""`forensics-rt detect --robust`: the table, the files, the report, and a resumed run say it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from forensics_rt.cli.main import app


@pytest.fixture
def run(bundle, tmp_path, monkeypatch, page):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    cv2.imwrite("scan.png", page)
    cv2.imwrite("empty.png", np.zeros_like(page))

    def start(*arguments):
        words = ["detect", "scan.png", "empty.png", *arguments, "--bundle", str(bundle.path)]
        done = CliRunner().invoke(app, [*words, "--backend", "numpy"])
        assert done.exit_code == 0, done.output
        return done.output

    return start


def lines():
    return [json.loads(line) for line in Path("out/results.jsonl").read_text().splitlines()]


def test_the_table_the_files_and_the_report_say_how_much_survives(run):
    output = run("--robust", "--report", "case.html", "--report-date", "2026-12-01")

    head, scan, empty = (
        line for line in output.splitlines() if "agreement" in line or ".png" in line
    )
    assert head.split().index("agreement") == 3
    assert scan.split()[3].endswith("%") and empty.split()[3] == "–"
    told, nothing = lines()
    assert told["agreement"] > 0.9 and nothing["agreement"] is None
    document = json.loads(Path("out/scan.png.json").read_text())
    assert document["robust"]["agreement"] == told["agreement"] and document["schema"] == 2
    assert len(document["robust"]["regions"]) == len(document["regions"])
    text = Path("case.html").read_text()
    assert "of what is marked is marked in every copy" in text and "nothing is marked" in text


def test_without_it_nothing_of_it_is_written(run):
    assert "agreement" not in run()
    assert not any("agreement" in line for line in lines())
    assert "robust" not in json.loads(Path("out/scan.png.json").read_text())


def test_a_resumed_run_takes_only_results_that_say_it(run):
    run()
    assert "2 of an earlier run" not in run("--robust", "--resume")
    assert "2 of an earlier run" in run("--robust", "--resume")
    assert "2 of an earlier run" in run("--resume")
    file = Path("out/scan.png.json")
    for looks in ([{"change": 1}], [{"change": "turned", "kept": None, "appeared": 0.0}]):
        document = json.loads(file.read_text())
        document["robust"]["looks"] = looks
        file.write_text(json.dumps(document))
        assert "1 of an earlier run" in run(
            *("--robust", "--resume", "--report", "case.html", "--report-date", "2026-12-01")
        ), "it is no result any more"
