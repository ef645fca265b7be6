"""`forensics-rt verify`: does a bundle still answer as it did when it was built?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from forensics_rt.backends.base import Backend
from forensics_rt.backends.registry import ADAPTERS, examine, open_backend
from forensics_rt.bundle import Bundle
from forensics_rt.cli.options import DeviceOption
from forensics_rt.parity import Difference, difference

# What the parity gate of the export allows bf16 and fp16. Mean and overlap are judged too, because
# a map that is zero everywhere flips few pixels on a page with little on it.
FLIPPED_SHARE_ALLOWED = 0.005
MEAN_DIFFERENCE_ALLOWED = 0.01
IOU_LOSS_ALLOWED = 0.5


@dataclass(frozen=True)
class GoldenCheck:
    """One golden run through one backend."""

    backend: str
    member: str
    tile: int
    found: Difference

    @property
    def passed(self) -> bool:
        """Whether few enough pixels changed sides, and the masks still overlap."""
        return (
            self.found.flipped_share <= FLIPPED_SHARE_ALLOWED
            and self.found.mean_difference <= MEAN_DIFFERENCE_ALLOWED
            and self.found.iou_loss <= IOU_LOSS_ALLOWED
        )


def verify(
    bundle: Annotated[
        str | None, typer.Argument(help="Folder, or default or fast, inside the package.")
    ] = None,
    backend: Annotated[
        str, typer.Option(help="One backend; `all` for each that can run here.")
    ] = "all",
    device: DeviceOption = None,
) -> None:
    """Check every hash of a bundle, then its goldens on each backend that can run here."""
    opened = Bundle.open(bundle)
    console = Console()
    files = opened.manifest.files()
    console.print(f"{len(files)} files of {opened.manifest.name}: every hash agrees", markup=False)
    table = Table("backend", "member", "tile", "max |Δp|", "flipped", "1 − IoU", "")
    checks = []
    for name in _backends(backend, device, opened):
        with open_backend(opened, name, device) as engine:
            for check in _check(opened, engine):
                checks.append(check)
                table.add_row(*_cells(check))
    console.print(table)
    if not checks:
        console.print("[bold red]nothing was checked:[/] the bundle has no goldens")
    if not checks or not all(check.passed for check in checks):
        raise typer.Exit(1)


def _backends(wanted: str, device: str | None, bundle: Bundle) -> list[str]:
    if wanted != "all":
        return [wanted]
    automatic = [name for name, adapter in ADAPTERS.items() if adapter.automatic]
    return [name for name in automatic if examine(name, device, bundle).usable] or ["auto"]


def _check(bundle: Bundle, backend: Backend) -> Iterator[GoldenCheck]:
    threshold = bundle.manifest.thresholds["pixel"]
    for index, member in enumerate(bundle.manifest.networks):
        for record in member.goldens:
            image, expected = bundle.golden(record)
            found = difference(expected, backend.infer(index, image[None])[0], threshold)
            uses = backend.capabilities
            yield GoldenCheck(f"{uses.name} {uses.precision}", member.name, record.tile, found)


def _cells(check: GoldenCheck) -> list[str]:
    return [
        check.backend,
        escape(check.member),
        str(check.tile),
        f"{check.found.max_difference:.1e}",
        f"{check.found.flipped_share:.3%}",
        f"{check.found.iou_loss:.3%}",
        "passed" if check.passed else "FAILED",
    ]
