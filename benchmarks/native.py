"""What does the C library cost beside Python: speed, the first result of a process, memory.

    cmake -S native -B build -DFRT_TOOLS=ON && cmake --build build --parallel
    python -m benchmarks.native build docs/samples/*.jpg

Both run as processes of their own, in turns, on the same pixels, in the same number format. A
figure is the median of the ratios of neighbors, so that a busy machine slows both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from forensics_rt.bundle.opening import bundle_folder

# What native/tools/pages.cpp does, in Python.
_PAGES = """
import resource, sys, time
import numpy as np
from forensics_rt import Detector
bundle, pixels, width, height, recipe, precision = sys.argv[1:]
image = np.fromfile(pixels, np.uint8).reshape(int(height), int(width), 3)
detector = Detector(bundle, recipe=recipe, precision=precision)
for line in sys.stdin:
    start, spent = time.perf_counter(), time.process_time()
    found = detector(image)
    found.regions
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(time.perf_counter() - start, time.process_time() - spent, found.score, peak, flush=True)
"""


@dataclass(frozen=True)
class Answer:
    """One detection: wall and processor seconds, score, and peak memory in bytes."""

    wall: float
    processor: float
    score: float
    memory: int


class Child:
    """A process that detects whenever it is asked.

    Args:
        command: What starts it.
    """

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self) -> Answer:
        """Detect once."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process has no pipes")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        wall, processor, score, memory = self._process.stdout.readline().split()
        return Answer(float(wall), float(processor), float(score), int(memory))

    def close(self) -> float:
        """End it, and return the seconds that the processor spent on it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        _, _, used = os.wait4(self._process.pid, 0)
        self._process.returncode = 0
        return used.ru_utime + used.ru_stime


def first_result(command: list[str]) -> tuple[float, float, Answer]:
    """Start a process; return the seconds to its first result, those of the processor, and it."""
    start = time.perf_counter()
    child = Child(command)
    answer = child.ask()
    spent = time.perf_counter() - start
    return spent, child.close(), answer


def main(
    build: Annotated[Path, typer.Argument(help="Folder in which native/ was built.")],
    images: Annotated[list[Path], typer.Argument(help="Pages.")],
    bundle: str = "default",
    recipe: str = "balanced",
    precision: str = "auto",
    turns: Annotated[int, typer.Option(help="How often each page is shown to each.")] = 5,
) -> None:
    """Compare the C library with Python on pages."""
    folder = str(bundle_folder(bundle))
    speed, processor, cold, start, memory, lasting = [], [], [], [], [], []
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        for image in images:
            pixels = np.asarray(Image.open(image).convert("RGB"))
            raw = Path(scratch, image.name).with_suffix(".rgb")
            pixels.tofile(raw)
            page = [folder, str(raw), str(pixels.shape[1]), str(pixels.shape[0]), recipe, precision]
            commands = (
                [sys.executable, "-c", _PAGES, *page],
                [str(build / "tools" / "pages"), *page],
            )
            for _ in range(2):
                (slow, more, of_python), (quick, less, of_c) = map(first_result, commands)
                cold.append(quick / slow)
                start.append(less / more)
                memory.append(of_c.memory / of_python.memory)
                if abs(of_python.score - of_c.score) > 1e-9:
                    raise SystemExit(f"{image}: scores differ: {of_python.score}, {of_c.score}")
            python, native = map(Child, commands)
            stack.callback(python.close)
            stack.callback(native.close)
            python.ask(), native.ask()
            for _ in range(turns):
                of_python, of_c = python.ask(), native.ask()
                speed.append(of_python.wall / of_c.wall)
                processor.append(of_c.processor / of_python.processor)
            lasting.append(of_c.memory / of_python.memory)
    print(f"{len(images)} pages, bundle {bundle}, recipe {recipe}, {precision}; C over Python:")
    for name, ratios in {
        "pages a second": speed,
        "processor time of a page": processor,
        "time to the first result of a process": cold,
        "processor time of a process with one result": start,
        "peak memory of a process with one result": memory,
        "peak memory of one with several results": lasting,
    }.items():
        low, high = min(ratios), max(ratios)
        print(f"{name:44} {median(ratios):.2f}  ({low:.2f} to {high:.2f}, {len(ratios)} pairs)")


if __name__ == "__main__":
    typer.run(main)
