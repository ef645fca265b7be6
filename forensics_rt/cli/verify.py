"""`forensics-rt verify`: does a bundle still answer as it did when it was built?"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from forensics_rt.backends.registry import open_backend, usable_backends
from forensics_rt.bundle.goldens import check_goldens
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cli.options import (
    MACHINE,
    BundleArgument,
    DeviceOption,
    KeyOption,
    option,
    trust_of,
)
from forensics_rt.cli.output import output_console
from forensics_rt.cli.sign import signed_in_words


def verify(
    bundle: BundleArgument = None,
    backend: Annotated[str, option(MACHINE, "NAME", "Name, or all that auto may take.")] = "all",
    device: DeviceOption = None,
    key: KeyOption = None,
) -> None:
    """Check the signature, hashes and stored answers of a bundle.

    Without --backend, every backend that `auto` may take is checked. Name any other, such as \
numpy, or one of your own.
    """
    opened = Bundle.open(bundle, trust=trust_of(key))
    console = output_console()
    files = opened.manifest.files()
    console.print(f"{len(files)} files of {opened.manifest.name}: every hash agrees", markup=False)
    console.print(signed_in_words(opened), markup=False)
    table = Table("backend", "member", "tile", "max |Δp|", "flipped", "1 − IoU", "")
    checks = []
    names = usable_backends(device, opened) or ("auto",) if backend == "all" else (backend,)
    for name in names:
        with open_backend(opened, name, device) as engine:
            called = f"{engine.capabilities.name} {engine.capabilities.precision}"
            for check in check_goldens(opened, engine.infer_alone, engine.capabilities.precision):
                checks.append(check)
                table.add_row(
                    called,
                    escape(check.member),
                    str(check.tile),
                    f"{check.found.max_difference:.1e}",
                    f"{check.found.flipped_share:.3%}",
                    f"{check.found.iou_loss:.3%}",
                    "passed" if check.passed else "FAILED",
                )
    console.print(table)
    if not checks:
        console.print("[bold red]nothing was checked:[/] the bundle has no goldens")
    if not checks or not all(check.passed for check in checks):
        raise typer.Exit(1)
