"""How fast is each way through a page on this GPU, and against the original system's way?

    python -m benchmarks.gpu --bundle DIR --json benchmarks/results/gpu-NAME.json --check
    python -m benchmarks.gpu --network seresnext50 --json FILE     # builds what it needs

What cannot be run is listed with its reason. The JSON is written anew after each setting: a run
that is cut off leaves what it had found. `--check` fails if the best TensorRT way streams less than
90 % of what its engine does alone, or less than 10 times what the original's way does. Where no
TensorRT ran it says so, and holds the fastest other way that stays on the device to the same; it
fails for that alone only where a TensorRT can run.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.gpu.bundle import bundle_for_this_gpu, in_half
from benchmarks.gpu.ways import IN_HALF, ORIGINAL, WAYS, GpuCase, GpuFigures, run, why_not
from benchmarks.networks.fixed import NETWORKS
from benchmarks.peers.ways.original import BATCHES
from forensics_rt import Bundle
from forensics_rt.backends.registry import examine
from forensics_rt.bench.pages import made_up_pages
from forensics_rt.bundle.engines.probe import gpu_platform, installed_tensorrt
from forensics_rt.errors import ForensicsError

PACKAGES = ("forensics_rt", "numpy", "tensorrt", "tensorrt-rtx", "onnxruntime-gpu", "torch",
            "cuda-core", "nvidia-cuda-nvrtc")  # fmt: skip
_LOG_WIDTH = 160
SHARE_OF_ENGINE, RATIO_TO_ORIGINAL = 0.9, 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write where asked; return the exit code."""
    asked = _parse(arguments)
    with TemporaryDirectory() as name:
        folder, refused = Path(name), {}
        if asked.network is None:
            bundle = Bundle.open(asked.bundle)
        else:
            bundle, refused = bundle_for_this_gpu(folder, asked.network)
        return _measure(asked, bundle, refused, folder / "half")


def _measure(
    asked: argparse.Namespace, bundle: Bundle, refused: Mapping[str, str], folder: Path
) -> int:
    made_up = next(made_up_pages(1, asked.size)).data
    page = cv2.imdecode(np.frombuffer(made_up, np.uint8), cv2.IMREAD_COLOR_RGB)
    figures: list[GpuFigures] = []
    not_run: list[dict[str, str]] = []
    half: Bundle | None = None
    for way in WAYS:
        if reason := refused.get(way) or why_not(way, bundle):
            not_run.append({"way": way, "reason": reason})
            continue
        of = bundle
        if way in IN_HALF:
            try:
                of = half = half or in_half(bundle, folder)
            except ForensicsError as error:
                not_run.append({"way": way, "reason": str(error)})
                continue
        for case in gpu_cases(way, bundle, asked.batch, asked.tile):
            try:
                figures.append(run(way, of, case, page, asked.images, asked.warm_up))
            except (ForensicsError, RuntimeError) as error:
                not_run.append({"way": f"{way}, {case}", "reason": str(error)})
            _write(report(figures, not_run, bundle, asked.size), asked.json)
    document = report(figures, not_run, bundle, asked.size)
    _write(document, asked.json)
    show(document)
    return _failed(document) if asked.check else 0


def _failed(document: dict[str, object]) -> int:
    usable = tensorrt_here()
    if not usable:
        print("check: no TensorRT can run here; what else stays on the device was looked at")
    missed = check(document, usable)
    for line in missed:
        Console().print(f"check failed: {line}", markup=False)
    return 1 if missed else 0


def tensorrt_here() -> list[str]:
    """Return each TensorRT that is installed and runs on this GPU."""
    return [kind for kind in installed_tensorrt() if examine(kind, "cuda").usable]


def gpu_cases(
    way: str, bundle: Bundle, batches: Sequence[int], tiles: Sequence[int] | None
) -> list[GpuCase]:
    """Return the settings of a way: each tile size alone, and the plan's free choice of all."""
    members, sizes = len(bundle.manifest.members), bundle.manifest.tile_sizes
    if way == ORIGINAL:
        return [GpuCase(sizes, max(BATCHES.get(size, 1) for size in sizes), members)]
    choices = [(tile,) for tile in tiles or sizes]
    if tiles is None and len(sizes) > 1:
        choices.append(sizes)
    return [GpuCase(choice, batch, members) for choice in choices for batch in batches]


def report(
    figures: Sequence[GpuFigures], not_run: list[dict[str, str]], bundle: Bundle, size: int
) -> dict[str, object]:
    """Return everything that was found, for JSON."""
    original = next((one.stream for one in figures if one.way == ORIGINAL), None)
    return {
        "date": date.today().isoformat(),
        "machine": {"system": platform.platform(), "gpu": gpu_platform().describe()},
        "versions": _versions(),
        "bundle": f"{bundle.manifest.name} {bundle.manifest.version} ({bundle.id})",
        "page": f"{size}×{size}",
        "figures": [one.document(original) for one in figures],
        "not_run": not_run,
    }


def check(document: dict[str, object], usable: Sequence[str]) -> list[str]:
    """Return a line for each aim that was missed, or could not be looked at.

    Args:
        document: What was found; see `report`.
        usable: Each TensorRT that can run here, so one of them must have been measured.
    """
    figures = document["figures"]
    assert isinstance(figures, list)
    on_device = [one for one in figures if one["engine_images_per_second"] is not None]
    engines = [one for one in on_device if one["way"].startswith("tensorrt")]
    missed = []
    if usable and not engines:
        missed.append(f"no TensorRT way was run, but {' and '.join(usable)} is here")
    if not on_device:
        return [*missed, "nothing that stays on the device was run"]
    best = max(engines or on_device, key=lambda one: one["images_per_second"])
    for name, least in (
        ("share_of_engine", SHARE_OF_ENGINE),
        ("ratio_to_original", RATIO_TO_ORIGINAL),
    ):
        if best[name] is None or best[name] < least:
            missed.append(f"{best['way']}: {name} must be at least {least}, but is {best[name]}")
    return missed


def show(document: dict[str, object]) -> None:
    """Print the table, the stages of each way, and what was not run."""
    # A log has no width of its own, and the table does not fit into the 80 that stand for one.
    console = Console() if sys.stdout.isatty() else Console(width=_LOG_WIDTH)
    table = Table("way", "tiles", "batch", "images/s", "p50", "p95", "p99", "engine alone",
                  "of engine", "× original", "GPU MiB")  # fmt: skip
    figures, not_run = document["figures"], document["not_run"]
    assert isinstance(figures, list) and isinstance(not_run, list)
    for one in figures:
        late = one["latency_ms"]
        cells = [one["way"], " ".join(map(str, one["tiles"])), one["batch"],
                 one["images_per_second"], late["p50"], late["p95"], late["p99"],
                 one["engine_images_per_second"], one["share_of_engine"],
                 one["ratio_to_original"], one["gpu_mib"]]  # fmt: skip
        table.add_row(*("—" if cell is None else str(cell) for cell in cells))
    if figures:
        console.print(table)
    for one in figures:
        if one["stages_ms"]:
            stages = ", ".join(f"{name} {value}" for name, value in one["stages_ms"].items())
            console.print(f"{one['way']} {one['tiles']} batch {one['batch']}, ms: {stages}")
    for one in not_run:
        console.print(f"not run: {one['way']}: {one['reason']}", markup=False)


def _write(document: dict[str, object], path: Path | None) -> None:
    if path is not None:
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--bundle", help="folder, or default or fast, in the package")
    given.add_argument("--network", choices=NETWORKS, help="of the competition, fixed weights")
    parser.add_argument("--size", type=int, default=1200, help="side of the page in pixels")
    parser.add_argument("--tile", type=int, nargs="+", help="without it each of the bundle's")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--images", type=int, default=200, help="pages that count")
    parser.add_argument("--warm-up", type=int, default=20, help="pages that do not")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--check", action="store_true", help="fail if an aim is missed")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
