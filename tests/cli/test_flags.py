"""What the library says of Python's arguments, the command line says of its options."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forensics_rt.cli import flags
from forensics_rt.cli.detect import detect
from forensics_rt.cli.detect_large import detect_large_image
from forensics_rt.cli.flags import in_flags
from forensics_rt.cli.main import app
from tests.io.images import encode

ROOT = Path(flags.__file__).parents[1]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("raise it with `max_pixels`", "raise it with --max-pixels"),
        ("use `damaged='examine'`", "use --damaged examine"),
        ("use `stem='a b'`", "use --stem 'a b'"),
        ("with `attachments=True`", "with --attachments"),
        ("with `overlay=False`", "with --no-overlay"),
        ("another folder for `results`", "another folder for --out"),
        ("`detect_large` is made", "forensics-rt detect-large is made"),
        ("damaged='examine'.jpg: no `region`", "damaged='examine'.jpg: no `region`"),
    ],
)
def test_arguments_between_backticks_become_options(message, shown):
    assert in_flags(message) == shown


def test_every_option_that_is_named_exists():
    of_commands = [inspect.signature(command) for command in (detect, detect_large_image)]
    there = {name for signature in of_commands for name in signature.parameters}

    assert {flags._NAMES.get(name, name).strip("-") for name in flags._ARGUMENTS} <= there


@pytest.mark.parametrize("room", ["io", "results", "large", "plan", "inference"])
def test_the_library_does_not_name_options(room):
    text = "".join(path.read_text() for path in (ROOT / room).rglob("*.py"))

    assert not re.search(r"--(max-pixels|damaged|password|stem|memory|out|overlay)\b", text)


def test_a_run_lists_errors_in_options(bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cut.jpg").write_bytes(encode("JPEG")[:-50])
    words = ["detect", "cut.jpg", "--bundle", str(bundle.path), "--backend", "numpy", "--json"]

    assert "use --damaged examine" in CliRunner().invoke(app, words).stdout
    assert "use --damaged examine" in (tmp_path / "out" / "results.jsonl").read_text()


def test_the_command_ends_in_options(bundle, tmp_path):
    (tmp_path / "cut.jpg").write_bytes(encode("JPEG")[:-50])
    command = [sys.executable, "-m", "forensics_rt", "detect-large", "cut.jpg"]
    command += ["--bundle", str(bundle.path), "--backend", "numpy"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    assert done.returncode == 2 and "use --damaged examine" in done.stderr
