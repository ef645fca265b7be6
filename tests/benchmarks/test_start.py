from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.start import HERE, Run, run_command, table_of


def test_the_table_relates_the_medians_to_those_of_the_first():
    runs = [[Run(2.0, 3.0), Run(1.0, 2.0), Run(9.0, 9.0)], [Run(1.0, 1.5)]]
    console = Console(width=120)
    with console.capture() as said:
        console.print(table_of((Path("a/old"), Path("new")), runs))
    rows = [line.strip("│ ").split("│") for line in said.get().splitlines() if " s " in line]

    assert [[cell.strip() for cell in row] for row in rows] == [
        ["old", "2.000 s", "3.000 s", "1.50", "1.00", "1.00"],
        ["new", "1.000 s", "1.500 s", "1.50", "0.50", "0.50"],
    ]


def test_a_command_is_timed_in_a_checkout(capfd):
    run = run_command(HERE, ["--version"])

    assert run.wall > 0 and run.processor > 0
    assert capfd.readouterr().out == ""


def test_a_command_that_fails_is_no_figure():
    with pytest.raises(RuntimeError, match="forensics-rt nonsense ended with"):
        run_command(HERE, ["nonsense"])
