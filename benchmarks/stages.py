"""Where does the time of `detector.stream` go, and how much of it is not the engine's?

    python -m benchmarks.stages --bundle DIR --tile 512 --images 20 --size 1200

Decoding overlaps with computing, so the stages do not add up to the wall time; what counts is the
wall time less the engine's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.stages import STAGES


def pages(count: int, size: int) -> Iterator[bytes]:
    """Yield JPEG files of text-like pages, deterministic."""
    for seed in range(count):
        random = np.random.default_rng(seed)
        page = np.full((size, size, 3), 235, np.uint8)
        for top in range(40, size - 40, 34):
            text = "".join(random.choice(list("0123456789 ABCDEFabcdef"), size // 16))
            cv2.putText(page, text, (30, top), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (40, 40, 60), 1)
        noisy = np.clip(page + random.normal(0, 4, page.shape), 0, 255).astype(np.uint8)
        yield cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def measure(detector: Detector, images: list[bytes]) -> dict[str, float]:
    """Run a stream over the images; return seconds by stage, `wall` and `outside engine`."""
    detector(images[0])  # compiles, or loads what an earlier run compiled
    start = time.perf_counter()
    seconds = dict.fromkeys(STAGES, 0.0)
    for detection in detector.stream(images):
        for stage, value in detection.seconds.items():
            seconds[stage] += value
    seconds["wall"] = time.perf_counter() - start
    seconds["outside engine"] = seconds["wall"] - seconds["engine"]
    return seconds


def main() -> None:
    """Measure, print the stage table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, help="without it the bundle inside the package")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--tile", type=int, default=512)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--size", type=int, default=1200, help="side of the images in pixels")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()

    bundle = Bundle.open(arguments.bundle)
    recipe = Recipe("one member", tile_sizes=(arguments.tile,), members=1)
    images = list(pages(arguments.images, arguments.size))
    with Detector(bundle, arguments.backend, recipe) as detector:
        tiles = detector(images[0]).provenance.tiles
        seconds = measure(detector, images)
        uses = detector.capabilities

    table = Table("stage", "seconds", "share of wall")
    for stage, value in seconds.items():
        table.add_row(stage, f"{value:.3f}", f"{value / seconds['wall']:.1%}")
    console = Console()
    console.print(table)
    member = bundle.manifest.members[0]
    console.print(
        f"{arguments.images} images of {arguments.size}×{arguments.size}, {tiles} tiles of "
        f"{arguments.tile} each; {member.architecture}, {member.parameters / 1e6:.1f} M "
        f"parameters; {uses.name} {dict(uses.versions)[uses.name]} {uses.precision}"
    )
    if arguments.json:
        machine = {"system": platform.platform(), "cpus": os.cpu_count()}
        document = {
            "date": date.today().isoformat(),
            "machine": machine,
            "versions": dict(uses.versions),
            "backend": uses.name,
            "precision": uses.precision,
            "architecture": member.architecture,
            "images": arguments.images,
            "size": arguments.size,
            "tile": arguments.tile,
            "seconds": {stage: round(value, 4) for stage, value in seconds.items()},
        }
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
