"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics_rt.backends.precision import PrecisionName
from forensics_rt.backends.registry import ADAPTERS
from forensics_rt.io.read_options import WhenDamaged

BundleOption = Annotated[
    str | None,
    typer.Option(
        "--bundle", help="Folder of a bundle, or the name of one in the package: default or fast."
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device",
        help="cpu, cuda, or cuda:1 for the second GPU. Default: the backend's own; cpu with auto.",
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(min=1, help="Threads that compute on the CPU. Default: the engine decides."),
]
PrecisionOption = Annotated[
    PrecisionName,
    typer.Option(help="auto computes in bf16 or int8 where that is faster; float32 never does."),
]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")]
RecipeOption = Annotated[
    str, typer.Option(help="fast, balanced, max, tianchi-fft2, or a recipe of the bundle.")
]
BackendOption = Annotated[str, typer.Option(help=f"auto, {', '.join(ADAPTERS)}.")]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        help="Probability from which a pixel counts as forged. Default: that of the calibration."
    ),
]
HighThresholdOption = Annotated[
    float | None,
    typer.Option(
        help="Probability that a region must reach to be reported. "
        "Default: that of the calibration."
    ),
]
CalibrationOption = Annotated[
    Path | None, typer.Option(help="File that `forensics-rt calibrate --out` wrote.")
]
OperatingPointOption = Annotated[
    str | None,
    typer.Option(
        help="Operating point of the calibration, such as fpr-1%: it says when an image is called "
        "forged."
    ),
]
DamagedOption = Annotated[
    WhenDamaged,
    typer.Option(help="Damaged images: refuse them, or examine what can be decoded."),
]
PrevalenceOption = Annotated[
    float | None,
    typer.Option(
        help="Share of forged images to expect, such as 0.01. Scores and verdicts depend on it."
    ),
]
