"""Options that several commands share, in the groups in which `--help` shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from forensics_rt.backends.number_formats import PrecisionName
from forensics_rt.bundle.trust.environment import policy_of
from forensics_rt.bundle.trust.keys import read_keys
from forensics_rt.bundle.trust.policy import TrustPolicy
from forensics_rt.cli.plain_help import FLAG
from forensics_rt.io.read_options import WhenDamaged

# A line of help in 80 columns has about 46 characters beside the longest option of its group.
INPUT = "Input"
OUTPUT = "Output"
NETWORKS = "Networks"
MACHINE = "Machine"
DECISION = "Decision"
RAY = "Many machines"


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


def trust_of(keys: list[Path] | None) -> TrustPolicy | None:
    """Return the policy of the environment, with keys of which one must have signed the bundle.

    Returns:
        `None` without keys: the environment alone says.

    Raises:
        BundleUntrusted: If a key cannot be read.
    """
    if not keys:
        return None
    return replace(policy_of(), require_signature=True, keys=read_keys(keys))


BundleArgument = Annotated[
    str | None,
    typer.Argument(metavar="BUNDLE", help="A folder, fast, or default (if you name none)."),
]
BundleOption = Annotated[
    str | None,
    option(NETWORKS, "DIR", "A folder, fast, or default (if you name none).", "--bundle"),
]
KeyOption = Annotated[
    list[Path] | None,
    option(NETWORKS, "FILE", "Public key; it must have signed the bundle.", "--key"),
]
DeviceOption = Annotated[
    str | None, option(MACHINE, "NAME", "cpu (default), cuda, cuda:1 for a second GPU.", "--device")
]
ThreadsOption = Annotated[
    int | None, option(MACHINE, "N", "CPU threads (default: the engine's choice).", min=1)
]
PrecisionOption = Annotated[
    PrecisionName, option(NETWORKS, "NAME", "auto (the fastest) or float32.")
]
OutOption = Annotated[Path, option(OUTPUT, "DIR", "Folder for results.", "--out", "-o")]
RecipeOption = Annotated[
    str,
    option(NETWORKS, "NAME", "fast, balanced (default), max, or a TOML file.", show_default=False),
]
OverlapOption = Annotated[
    int | None, option(NETWORKS, "N", "Least overlap in pixels (default: the recipe's).")
]
TilesOption = Annotated[
    str | None, option(NETWORKS, "LIST", "Sizes, such as 512,768 (default: the recipe's).")
]
TTAOption = Annotated[
    str | None,
    option(NETWORKS, "NAME", "none, flips, all, names (default: the recipe's).", "--tta"),
]
BackendOption = Annotated[str, option(MACHINE, "NAME", "Name; see `forensics-rt doctor`.")]
ThresholdOption = Annotated[
    float | None, option(DECISION, "P", "Report pixels from P on (default: bundle's).")
]
HighThresholdOption = Annotated[
    float | None, option(DECISION, "P", "Regions must reach P (default: bundle's).")
]
HighAreaOption = Annotated[
    int | None, option(DECISION, "N", "They need N such pixels (default: bundle's).")
]
CalibrationOption = Annotated[
    Path | None, option(DECISION, "FILE", "File of `forensics-rt calibrate --out`.")
]
OperatingPointOption = Annotated[
    str | None, option(DECISION, "NAME", "Verdict for a false-alarm rate, like fpr-1%.")
]
DamagedOption = Annotated[
    WhenDamaged,
    option(INPUT, "WHAT", "refuse (default) or examine damaged images.", show_default=False),
]
PrevalenceOption = Annotated[
    float | None, option(DECISION, "P", "Expected share of forged images, like 0.01.")
]
