"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

BundleOption = Annotated[
    Path | None,
    typer.Option("--bundle", help="Folder of the bundle; without it the one inside the package."),
]
DeviceOption = Annotated[str | None, typer.Option("--device", help="cpu or cuda; without it cpu.")]
