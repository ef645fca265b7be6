"""Options that several commands share, in the groups in which `--help` shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from forensics_rt.backends.number_formats import PrecisionName
from forensics_rt.io.read_options import WhenDamaged

# A line of help in 80 columns has about 46 characters beside the longest option of its group.
INPUT = "Input"
OUTPUT = "Output"
NETWORKS = "Networks"
MACHINE = "Machine"
DECISION = "Decision"
# The metavar of an option without a value.
FLAG = " "


def option(panel: str, metavar: str, help: str, *names: str, **more: Any) -> Any:
    """Return an option of one of the groups.

    Args:
        panel: The group.
        metavar: What stands for its value.
        help: What it is for.
        names: What it is called; none for the name of the parameter.
        more: As of `typer.Option`.
    """
    return typer.Option(*names, metavar=metavar, help=help, rich_help_panel=panel, **more)


def flag(panel: str, help: str, *names: str, **more: Any) -> Any:
    """Return an option without a value; see `option`."""
    return option(panel, FLAG, help, *names, **more)


BundleArgument = Annotated[
    str | None, typer.Argument(metavar="BUNDLE", help="A folder, or default or fast.")
]
BundleOption = Annotated[
    str | None, option(NETWORKS, "DIR", "Bundle: a folder, or default or fast.", "--bundle")
]
DeviceOption = Annotated[
    str | None, option(MACHINE, "NAME", "cpu, cuda, or cuda:1 for the second GPU.", "--device")
]
ThreadsOption = Annotated[
    int | None, option(MACHINE, "N", "Threads that compute on the CPU.", min=1)
]
PrecisionOption = Annotated[
    PrecisionName, option(NETWORKS, "NAME", "auto or float32: no bf16, no int8.")
]
OutOption = Annotated[Path, option(OUTPUT, "DIR", "Folder for results.", "--out", "-o")]
RecipeOption = Annotated[str, option(NETWORKS, "NAME", "Name, or a TOML file.")]
OverlapOption = Annotated[int | None, option(NETWORKS, "N", "Least overlap of tiles, in pixels.")]
TilesOption = Annotated[str | None, option(NETWORKS, "LIST", "Sizes of tiles, such as 512,768.")]
TTAOption = Annotated[
    str | None, option(NETWORKS, "NAME", "none, flips, all, or names of symmetries.", "--tta")
]
BackendOption = Annotated[str, option(MACHINE, "NAME", "Name; see `forensics-rt doctor`.")]
ThresholdOption = Annotated[
    float | None, option(DECISION, "P", "Pixels count as forged from here on.")
]
HighThresholdOption = Annotated[
    float | None, option(DECISION, "P", "Probability that a region must reach.")
]
CalibrationOption = Annotated[
    Path | None, option(DECISION, "FILE", "File of `forensics-rt calibrate --out`.")
]
OperatingPointOption = Annotated[
    str | None, option(DECISION, "NAME", "Call images forged from here on: fpr-1%.")
]
DamagedOption = Annotated[
    WhenDamaged,
    option(INPUT, "WHAT", "refuse (default) or examine damaged images", show_default=False),
]
PrevalenceOption = Annotated[
    float | None, option(DECISION, "P", "Share of forged images to expect: 0.01.")
]
