"""`--help` fits a terminal of 80 columns: options in named groups, a line each."""

import re

import pytest
from typer.testing import CliRunner

from forensics_rt.cli.main import app

COMMANDS = [
    "detect", "detect-large", "calibrate", "bench", "doctor", "encrypt", "inspect", "keygen",
    "bundle", "native", "serve", "sign", "triton", "verify",
]  # fmt: skip
# One has commands of its own.
WITH_OPTIONS = [name for name in COMMANDS if name not in ("bundle", "triton")]
WITH_OPTIONS += ["triton probe", "triton watch"]


def shown(*command: str) -> list[str]:
    done = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "80", "TERM": "dumb"})
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def in_panels(lines: list[str]) -> list[str]:
    return [line.strip("│ ") for line in lines if line.startswith("│")]


@pytest.mark.parametrize("command", WITH_OPTIONS)
def test_each_option_takes_one_line(command):
    rows = in_panels(shown(*command.split()))
    assert rows and [row for row in rows if not re.match(r"(\* +)?(-|[A-Z])", row)] == []


def test_each_command_takes_one_line():
    rows = in_panels(shown())
    assert [row.split()[0] for row in rows if not row.startswith("-")] == COMMANDS


@pytest.mark.parametrize("command", ["detect", "detect-large", "calibrate", "bench"])
def test_options_are_in_named_groups(command):
    lines = shown(*command.split())
    heads = [line.strip("╭─╮ ") for line in lines if line.startswith("╭")]
    loose = lines[lines.index(next(line for line in lines if "─ Options ─" in line)) + 1 :]
    assert {"Output", "Networks", "Machine"} <= set(heads)
    assert [row.split()[0] for row in in_panels(loose[: loose.index(loose[0]) + 1])] == ["--help"]
