"""`forensics-rt doctor`: what is here, what can run, what `auto` chooses and why."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import cv2
import numpy as np
import PIL
import typer
from rich.table import Table
from rich.text import Text

from forensics_rt.backends.adapters import ADAPTERS
from forensics_rt.backends.device_word import place_of
from forensics_rt.backends.onnxruntime import RIVALS, rivals
from forensics_rt.backends.registry import Candidate, devices_of, examine, open_backend
from forensics_rt.bundle.engines.probe import gpu_platform
from forensics_rt.bundle.opening import Bundle, embedded
from forensics_rt.cli.options import DeviceOption
from forensics_rt.cli.output import output_console
from forensics_rt.errors import BundleError, ForensicsError
from forensics_rt.io.isolated.confine import why_not as why_not_confined
from forensics_rt.system.cpu import core_limit
from forensics_rt.system.machine import this_machine
from forensics_rt.version import __version__


def doctor(device: DeviceOption = None) -> None:
    """Show which backends can run here, and why."""
    candidates = [examine(name, device) for name in ADAPTERS]
    place = place_of(device or "cpu")
    usable = [one.name for one in candidates if one.usable and ADAPTERS[one.name].automatic]
    chosen = next((name for name in usable if place.kind in devices_of(name)), None)
    table = Table("backend", "usable", "why")
    for candidate in candidates:
        table.add_row(
            candidate.name, "yes" if candidate.usable else "no", Text(_why(candidate, chosen))
        )
    console = output_console()
    for line in _machine(place.ordinal):
        console.print(Text(line))
    console.print(table)
    problems = list(_problems())
    if chosen is None:
        problems.append("no backend can run; the table says what each one lacks")
    if chosen is not None:
        for line in _number_formats(device):
            console.print(Text(line))
    for problem in problems:
        console.print(Text.assemble(("problem: ", "bold red"), problem))
    if problems:
        raise typer.Exit(1)


def _number_formats(device: str | None) -> Iterator[str]:
    """Say what the bundles of the package compute in here; measured now where nobody has."""
    for name in embedded():
        try:
            with open_backend(Bundle.open(name), device=device) as backend:
                uses = backend.capabilities
        except ForensicsError as error:
            yield f"bundle {name}: {error}"
            continue
        said = uses.precision if uses.formats is None else uses.formats.describe()
        yield f"bundle {name} computes in {said}"


def _why(candidate: Candidate, chosen: str | None) -> str:
    if candidate.name == chosen:
        return f"{candidate.reason}; chosen by auto: the first usable one"
    if candidate.usable and not ADAPTERS[candidate.name].automatic:
        return f"{candidate.reason}; only by name"
    return candidate.reason


def _machine(gpu: int) -> Iterator[str]:
    machine = this_machine()
    yield f"forensics_rt {__version__}, Python {machine.python}, {machine.system}"
    limited = "" if core_limit() is None else f" of {os.cpu_count()}"
    yield f"{machine.cores}{limited} CPUs, {machine.cpu} ({' '.join(machine.features) or 'plain'})"
    yield f"numpy {np.__version__}, OpenCV {cv2.__version__}, Pillow {PIL.__version__}"
    reason = why_not_confined()
    confined = "no other programs, no network" if reason is None else f"not confined: {reason}"
    yield f"child processes that decode: limits of memory, time and files; {confined}"
    yield f"to build TensorRT engines: {gpu_platform(gpu).describe()}"


def _problems() -> Iterator[str]:
    if problem := rivals():
        yield f"{problem}: run {sys.executable} -m pip uninstall -y {' '.join(RIVALS)}, then one"
    try:
        Bundle.open()
    except BundleError as error:
        yield str(error)
