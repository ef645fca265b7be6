"""What do images from 1 to 900 Mpx cost in memory and time?

    python -m benchmarks.large --engine stand-in --json large.json --plot large.png
    python -m benchmarks.large --engine bundle --megapixels 1 16 64 225

Each size runs in a process of its own, whose peak is read when it ends. `stand-in` answers at once:
what is left is the cost of everything but the network. `bundle` is the default bundle.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from forensics_rt import Bundle, Detector
from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.bench.plot import check_outputs, load_matplotlib
from forensics_rt.large import detect_large
from forensics_rt.system.machine import this_machine
from forensics_rt.system.memory import peak_bytes

MEGAPIXELS = (1, 4, 16, 64, 144, 324, 576, 900)
_PAGE = 1000
_DARK = 40
_SAVING: dict[str, dict[str, Any]] = {
    "tif": {"tile": True, "bigtiff": True, "compression": "jpeg", "Q": 90},
    "png": {"compression": 1},
    "jpg": {"Q": 90},
}


@dataclass(frozen=True)
class LargeRun:
    """One image through `detect_large`.

    Attributes:
        side: Of the image in pixels.
        seconds: Wall time of the call.
        peak: Largest resident set of the process, in bytes.
        predicted: What was predicted, in bytes.
        regions: How many were found.
        stages: Seconds by stage.
    """

    side: int
    seconds: float
    peak: int
    predicted: int
    regions: int
    stages: dict[str, float]

    @property
    def megapixels(self) -> float:
        """Of the image."""
        return self.side**2 / 1e6


class StandIn(Backend):
    """Calls dark pixels forged, at once."""

    def __init__(self) -> None:
        """Need nothing."""
        self.capabilities = Capabilities("stand-in", "cpu", "fp32", 1, {"stand-in": "1"})

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return np.where(images[..., 1] < _DARK, np.float32(0.999), np.float32(0.02))

    def close(self) -> None:
        """Hold nothing."""


def write_test_image(path: Path, side: int) -> None:
    """Write side×side pixels of one text-like page again and again, a dark stamp on each."""
    import pyvips

    page = np.full((_PAGE, _PAGE, 3), 235, np.uint8)
    for top in range(40, _PAGE - 40, 34):
        cv2.putText(page, "0123456789 " * 6, (30, top), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (90,) * 3)
    page = (page + np.random.default_rng(0).integers(-2, 3, page.shape)).astype(np.uint8)
    page[600:640, 300:420] = 20
    times = -(-side // _PAGE)
    image = pyvips.Image.new_from_array(page).replicate(times, times).crop(0, 0, side, side)
    image.write_to_file(str(path), **_SAVING[path.suffix[1:]])


def run_here(path: Path, engine: str, recipe: str, memory: str, map_format: Any) -> LargeRun:
    """Run one image in this process."""
    backend = StandIn() if engine == "stand-in" else "auto"
    with (
        Detector(Bundle.open(None), backend, recipe) as detector,
        tempfile.TemporaryDirectory(dir=path.parent) as out,
    ):
        start = time.perf_counter()
        found = detect_large(detector, path, out, memory=memory, map_format=map_format)
        seconds = time.perf_counter() - start
    stages = {stage: round(value, 3) for stage, value in found.seconds.items()}
    peak = peak_bytes()
    return LargeRun(found.width, seconds, peak, found.memory.total, len(found.regions), stages)


def run_in_child(path: Path, arguments: argparse.Namespace) -> LargeRun:
    """Run one image in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.large", "--child", str(path)]
    for option in ("engine", "recipe", "memory", "map_format"):
        command += [f"--{option.replace('_', '-')}", getattr(arguments, option)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return LargeRun(**json.loads(done.stdout.splitlines()[-1]))


def plot(runs: Sequence[LargeRun], target: Path) -> None:
    """Draw seconds over megapixels, both linear, and peak memory, which is not."""
    figure = load_matplotlib()(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = [run.megapixels for run in runs]
    left.plot(sizes, [run.seconds for run in runs], "o-")
    left.set(xlabel="Mpx", ylabel="seconds", title="time", xlim=(0, None), ylim=(0, None))
    right.plot(sizes, [run.peak / 1e9 for run in runs], "o-", label="measured peak")
    right.plot(sizes, [run.predicted / 1e9 for run in runs], "--", label="predicted")
    # 3 bytes of pixels, 4 of the map, 4 of its weights.
    in_memory = [run.side**2 * 11 / 1e9 for run in runs]
    right.plot(sizes, in_memory, ":", label="pixels, map and weights of the way in memory")
    right.set(xlabel="Mpx", ylabel="GB", title="resident memory", xlim=(0, None), yscale="log")
    right.legend()
    figure.savefig(target, dpi=120)


def main() -> None:
    """Run every size, print the table, and write JSON and picture where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=("stand-in", "bundle"), default="stand-in")
    parser.add_argument("--megapixels", type=float, nargs="+", default=MEGAPIXELS)
    parser.add_argument("--recipe", default="balanced")
    parser.add_argument("--memory", default="1.5GB")
    parser.add_argument("--map-format", choices=("uint8", "float32"), default="uint8")
    parser.add_argument("--kind", choices=tuple(_SAVING), default="tif", help="of the images")
    parser.add_argument("--folder", type=Path, help="for images and results; needs some GB")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--plot", type=Path, help="write the picture here")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        run = run_here(
            arguments.child,
            arguments.engine,
            arguments.recipe,
            arguments.memory,
            arguments.map_format,
        )
        sys.stdout.write(json.dumps(asdict(run)) + "\n")
        return

    runs = []
    console = Console()
    check_outputs(arguments.json, arguments.plot)
    machine = this_machine().facts()  # its load, before ours
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for size in arguments.megapixels:
            path = Path(folder) / f"image.{arguments.kind}"
            write_test_image(path, round(math.sqrt(size * 1e6)))
            runs.append(run_in_child(path, arguments))
            path.unlink()
            console.print(f"{size:g} Mpx done", style="dim")

    table = Table("Mpx", "side", "s", "s per Mpx", "peak GB", "predicted GB", "regions")
    for run in runs:
        table.add_row(
            f"{run.megapixels:.0f}",
            str(run.side),
            f"{run.seconds:.1f}",
            f"{run.seconds / run.megapixels:.3f}",
            f"{run.peak / 1e9:.2f}",
            f"{run.predicted / 1e9:.2f}",
            str(run.regions),
        )
    console.print(table)
    if arguments.json:
        options = ("engine", "recipe", "memory", "map_format", "kind")
        document = {
            "date": date.today().isoformat(),
            "machine": machine,
            **{option: getattr(arguments, option) for option in options},
            "runs": [asdict(run) for run in runs],
        }
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    if arguments.plot:
        plot(runs, arguments.plot)


if __name__ == "__main__":
    main()
