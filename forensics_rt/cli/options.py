"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics_rt.backends.registry import ADAPTERS
from forensics_rt.io.read_options import WhenDamaged

BundleOption = Annotated[
    str | None,
    typer.Option("--bundle", help="Folder of the bundle, or default or fast, inside the package."),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device", help="cpu, cuda or cuda:1; without it the backend's own, cpu with auto."
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(min=1, help="Threads that compute, on the CPU; without it the engine's choice."),
]
ExactOption = Annotated[
    bool,
    typer.Option(
        "--exact",
        help="Compute in float32, or the bundle's number format, where bf16 or int8 is faster.",
    ),
]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Where the results go.")]
RecipeOption = Annotated[
    str, typer.Option(help="fast, balanced, max, tianchi-fft2 or one of the bundle's.")
]
BackendOption = Annotated[str, typer.Option(help=f"auto, {', '.join(ADAPTERS)}.")]
ThresholdOption = Annotated[
    float | None, typer.Option(help="Probability from which a pixel counts as forged.")
]
PeakOption = Annotated[
    float | None, typer.Option(help="Probability that a region must reach to be reported.")
]
CalibrationOption = Annotated[
    Path | None, typer.Option(help="File that `forensics-rt calibrate --out` wrote.")
]
OperatingPointOption = Annotated[
    str | None,
    typer.Option(help="One of the calibration's, such as fpr-1%: when to call it forged."),
]
DamagedOption = Annotated[
    WhenDamaged,
    typer.Option(
        help="refuse an image that its decoder complains of, or examine what can be decoded."
    ),
]
PrevalenceOption = Annotated[
    float | None,
    typer.Option(help="Share of the images expected to be forged, such as 0.01, for the scores."),
]
