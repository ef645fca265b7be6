"""The command `forensics-rt` and its exit codes.

0 all well, 1 something failed, 2 misuse, 130 interrupted by Ctrl-C, 143 by SIGTERM.
"""

from __future__ import annotations

import io
import sys

import typer
from rich.console import Console
from rich.text import Text

from forensics_rt.cli.bench import bench
from forensics_rt.cli.calibrate import calibrate
from forensics_rt.cli.detect import detect
from forensics_rt.cli.detect_large import detect_large_image
from forensics_rt.cli.doctor import doctor
from forensics_rt.cli.inspect import inspect
from forensics_rt.cli.termination import termination_as_interrupt
from forensics_rt.cli.verify import verify
from forensics_rt.errors import ForensicsError
from forensics_rt.version import __version__

app = typer.Typer(
    name="forensics-rt",
    help="Finds which pixels of a photographed, scanned or screen-captured document were forged.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("detect-large")(detect_large_image)
for command in (detect, calibrate, bench, doctor, inspect, verify):
    app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"forensics-rt {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


def main() -> None:
    """Run the command; what forensics_rt refuses ends with one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the terminal's encoding lacks must not end the run.
            stream.reconfigure(errors="backslashreplace")
    try:
        with termination_as_interrupt():
            app()
    except ForensicsError as error:
        message = Text.assemble(("error: ", "bold red"), str(error))
        Console(stderr=True, soft_wrap=True).print(message)
        sys.exit(2)
