"""Options that several commands share, in the groups in which `--help` shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics_rt.backends.precision import PrecisionName
from forensics_rt.io.read_options import WhenDamaged

# A line of help in 80 columns has about 46 characters beside the longest option of its group.
INPUT = "Input"
OUTPUT = "Output"
NETWORKS = "Networks"
MACHINE = "Machine"
DECISION = "Decision"
# The metavar of an option without a value.
FLAG = " "

BundleOption = Annotated[
    str | None,
    typer.Option(
        "--bundle",
        metavar="DIR",
        help="Bundle: a folder, or default or fast.",
        rich_help_panel=NETWORKS,
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="NAME",
        help="cpu, cuda, or cuda:1 for the second GPU.",
        rich_help_panel=MACHINE,
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Threads that compute on the CPU.", rich_help_panel=MACHINE
    ),
]
PrecisionOption = Annotated[
    PrecisionName,
    typer.Option(
        metavar="NAME",
        help="auto or float32: no bf16, no int8.",
        rich_help_panel=NETWORKS,
    ),
]
OutOption = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="DIR", help="Folder for results.", rich_help_panel=OUTPUT),
]
RecipeOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Name, or a TOML file.",
        rich_help_panel=NETWORKS,
    ),
]
OverlapOption = Annotated[
    int | None,
    typer.Option(metavar="N", help="Least overlap of tiles, in pixels.", rich_help_panel=NETWORKS),
]
TilesOption = Annotated[
    str | None,
    typer.Option(metavar="LIST", help="Sizes of tiles, such as 512,768.", rich_help_panel=NETWORKS),
]
TTAOption = Annotated[
    str | None,
    typer.Option(
        "--tta",
        metavar="NAME",
        help="none, flips, all, or names of symmetries.",
        rich_help_panel=NETWORKS,
    ),
]
BackendOption = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Name; see `forensics-rt doctor`.",
        rich_help_panel=MACHINE,
    ),
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        help="Pixels count as forged from here on.",
        rich_help_panel=DECISION,
    ),
]
HighThresholdOption = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        help="Probability that a region must reach.",
        rich_help_panel=DECISION,
    ),
]
CalibrationOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File of `forensics-rt calibrate --out`.",
        rich_help_panel=DECISION,
    ),
]
OperatingPointOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Call images forged from here on: fpr-1%.",
        rich_help_panel=DECISION,
    ),
]
DamagedOption = Annotated[
    WhenDamaged,
    typer.Option(
        metavar="WHAT",
        help="refuse (default) or examine damaged images",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
PrevalenceOption = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        help="Share of forged images to expect: 0.01.",
        rich_help_panel=DECISION,
    ),
]
