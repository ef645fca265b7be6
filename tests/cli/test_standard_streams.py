"""Standard output that is closed, full, or whose reader leaves: other tools show how to end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from forensics_rt.cli.exit_codes import BROKEN

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="streams of POSIX")
COUNT = 24


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(COUNT):
        cv2.imwrite(str(folder / f"{number:02d}.png"), np.full((48, 60, 3), 5 * number, np.uint8))
    return folder


@pytest.fixture
def shell(tmp_path):
    """Run a line of shell in which `$F` is the command; return code and standard error."""

    def run(line):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=tmp_path,
            env={
                **os.environ,
                "F": f"{sys.executable} -m forensics_rt",
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "COLUMNS": "200",
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stderr

    return run


def detect(bundle, more=""):
    return f"$F detect scans --bundle {bundle.path} --backend numpy --out out {more}"


def summary_of(folder):
    return json.loads((folder / "out" / "summary.json").read_text())


def lines_of(folder):
    return (folder / "out" / "results.jsonl").read_text().splitlines()


def test_when_the_reader_of_a_pipe_leaves_the_run_ends_quietly_by_sigpipe(
    shell, bundle, scans, tmp_path
):
    code, said = shell(detect(bundle, "--json | head -3 >/dev/null"))

    assert code == 128 + signal.SIGPIPE and said == ""
    summary = summary_of(tmp_path)
    assert summary["state"] == "interrupted" and summary["error"] is None
    assert 3 <= summary["images"] == len(lines_of(tmp_path)) < COUNT
    resumed, _ = shell(detect(bundle, "--resume --json >/dev/null"))
    assert resumed == 0
    assert summary_of(tmp_path)["done_before"] == summary["done"]


@pytest.mark.parametrize(
    ("where", "reason"), [(">/dev/full", "No space left on device"), (">&-", "it is closed")]
)
def test_an_output_that_takes_nothing_breaks_the_run_and_what_was_found_is_kept(
    shell, bundle, scans, tmp_path, where, reason
):
    code, said = shell(detect(bundle, f"--json {where}"))

    assert code == BROKEN
    assert said.startswith(f"error: standard output cannot be written: {reason}; ")
    assert said.count("\n") == 1
    summary = summary_of(tmp_path)
    assert summary["state"] == "broken" and reason in summary["error"]
    assert 1 <= summary["done"] == len(lines_of(tmp_path))
    assert json.loads((tmp_path / "out/00.png.json").read_text())["name"] == "scans/00.png"
    assert {line[:1] for line in lines_of(tmp_path)} == {"{"}, "nothing else is written there"


@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
def test_a_table_that_cannot_be_shown_does_not_undo_the_run(shell, bundle, scans, tmp_path, where):
    code, said = shell(detect(bundle, where))

    assert code == BROKEN and said.count("\n") == 1
    assert summary_of(tmp_path)["state"] == "complete"
    assert len(lines_of(tmp_path)) == COUNT


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
def test_nobody_needs_to_hear_of_errors(shell, bundle, scans, tmp_path, where):
    (scans / "03.png").write_bytes(b"")

    code, _ = shell(detect(bundle, f"--json >/dev/null {where}"))

    assert code == 1 and summary_of(tmp_path)["failed"] == 1


COMMANDS = ["inspect", "inspect --json", "--help", "--version"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_ends_so(shell, command):
    full, said = shell(f"$F {command} >/dev/full")
    assert full == BROKEN and "standard output cannot be written" in said
    assert "Traceback" not in said and said.count("\n") == 1

    assert shell(f"$F {command} | true") == (128 + signal.SIGPIPE, "")


def test_detect_large_keeps_its_files(shell, bundle, scans, tmp_path):
    pytest.importorskip("pyvips")
    words = f"scans/00.png --bundle {bundle.path} --backend numpy --json --out large"
    code, said = shell(f"$F detect-large {words} >/dev/full")

    assert code == BROKEN and "standard output cannot be written" in said, said
    assert (tmp_path / "large/00.png.json").exists()


def test_a_closed_standard_input_is_no_image(shell, bundle):
    code, said = shell(f"$F detect - --bundle {bundle.path} <&-")

    assert code == 2 and "standard input is closed" in said


def test_the_exit_codes_are_told(shell, tmp_path):
    shell("$F --help > help.txt; $F detect --help > detect.txt")
    words = " ".join((tmp_path / "help.txt").read_text().split())
    assert "3" in words and "the run broke" in words and "141" in words
    assert "forensics-rt --help" in " ".join((tmp_path / "detect.txt").read_text().split())
