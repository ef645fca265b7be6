"""The command `forensics-rt`: its sub-commands, and how it ends."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import NoReturn

import typer
from rich.console import Console
from rich.text import Text

from forensics_rt.cli.bench import bench
from forensics_rt.cli.calibrate import calibrate
from forensics_rt.cli.detect import detect
from forensics_rt.cli.detect_large import detect_large_image
from forensics_rt.cli.doctor import doctor
from forensics_rt.cli.exit_codes import BROKEN, IN_WORDS, MISUSE
from forensics_rt.cli.flags import FlagFormatter, in_flags
from forensics_rt.cli.inspect import inspect
from forensics_rt.cli.native import native
from forensics_rt.cli.options import FLAG
from forensics_rt.cli.plain_help import PlainCommand, PlainGroup
from forensics_rt.cli.standard_streams import (
    OutputStopped,
    StandardOutput,
    end_as_other_tools,
    guard_standard_streams,
)
from forensics_rt.cli.termination import termination_as_interrupt
from forensics_rt.cli.verify import verify
from forensics_rt.errors import EngineFailed, ForensicsError
from forensics_rt.version import __version__

app = typer.Typer(
    name="forensics-rt",
    help="Find which pixels of a document image were forged.",
    epilog=IN_WORDS,
    no_args_is_help=True,
    add_completion=False,
    cls=PlainGroup,
    pretty_exceptions_enable=False,
)
app.command(cls=PlainCommand)(detect)
app.command("detect-large", cls=PlainCommand)(detect_large_image)
for command in (calibrate, bench, doctor, inspect, native, verify):
    app.command(cls=PlainCommand)(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"forensics-rt {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: bool = typer.Option(
        False,
        "--version",
        metavar=FLAG,
        callback=_show_version,
        is_eager=True,
        help="Print the version.",
    ),
) -> None:
    pass


def main() -> None:
    """Run the command; what goes wrong ends in one line and an exit code that says what kind."""
    output = guard_standard_streams()
    if logging.lastResort is not None:  # what prints warnings: nobody configures logging here
        logging.lastResort.setFormatter(FlagFormatter())
    try:
        with termination_as_interrupt():
            _run(output)
    except OutputStopped as stopped:
        if stopped.reader_left:
            end_as_other_tools()
        _end(stopped, BROKEN)
    except EngineFailed as error:
        _end(error, BROKEN)
    except ForensicsError as error:
        _end(error, MISUSE)
    except MemoryError:
        _end("there is too little memory; free some, or examine fewer or smaller images", BROKEN)
    except Exception as error:
        traceback.print_exc()
        _end(
            f"this is a bug in forensics-rt, please report it: {type(error).__name__}: {error}",
            BROKEN,
        )


def _run(output: StandardOutput | None) -> None:
    try:
        app()
    except SystemExit:  # as typer always ends: only now is it known whether all could be printed
        sys.stdout.flush()
        if output is not None and output.stopped is not None:
            raise output.stopped from None
        raise


def _end(error: object, code: int) -> NoReturn:
    message = Text.assemble(("error: ", "bold red"), in_flags(error))
    Console(stderr=True, soft_wrap=True).print(message)
    sys.exit(code)
