"""The C library beside Python: speed of pages, time to the first result, memory.

    cmake -S native -B build -DFRT_TOOLS=ON && cmake --build build --parallel
    python -m benchmarks.native --build build

Both run the same bundle in the same number format on the same pixels, one page at a time, in turn:
C, Python, C, Python, ... Each figure is a median; its ratio is the median over the pairs. Seconds
of the processor do not count what else runs on the machine. The first result is that of a new
process, from its start to its end, with the number format that an earlier start has chosen.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from forensics_rt import Bundle, Detector
from forensics_rt.io.decode import decode

Pixels = npt.NDArray[np.uint8]
COLD = (
    "import sys; from forensics_rt import Detector; print(Detector(sys.argv[1])(sys.argv[2]).score)"
)
_ANSWERS_AGREE = 1e-3


@dataclass(frozen=True)
class Cost:
    """What one page, or one process, took.

    Attributes:
        seconds: By the clock on the wall.
        processor: Seconds of all processors.
        mib: Most memory that the process had at a time; 0 if not measured.
    """

    seconds: float
    processor: float
    mib: float = 0.0


def in_turn(
    first: Callable[[], Cost], second: Callable[[], Cost], rounds: int
) -> list[tuple[Cost, Cost]]:
    """Measure two things one after the other, again and again; each has one more run before."""
    first(), second()
    return [(first(), second()) for _ in range(rounds)]


def ratio(pairs: list[tuple[Cost, Cost]], field: str) -> float:
    """Return how the first is to the second, the median over the pairs."""
    return median(getattr(one, field) / getattr(other, field) for one, other in pairs)


def process_cost(command: list[str]) -> Cost:
    """Run a program to its end.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def running_library(
    program: Path, bundle: Path, pixels: Pixels, precision: str
) -> Iterator[Callable[[], tuple[Cost, float]]]:
    """Yield what has the C library detect once, and returns the cost and the raw score."""
    with tempfile.NamedTemporaryFile(suffix=".rgb") as file:
        file.write(pixels.tobytes())
        file.flush()
        height, width = pixels.shape[:2]
        words = [file.name, str(width), str(height), "balanced", precision]
        with subprocess.Popen(
            [program, bundle, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:

            def detect() -> tuple[Cost, float]:
                assert process.stdin is not None and process.stdout is not None
                print(file=process.stdin, flush=True)
                seconds, processor, raw_score, kib = process.stdout.readline().split()
                return Cost(float(seconds), float(processor), int(kib) / 1024), float(raw_score)

            yield detect


def compare_pages(
    program: Path, bundle: Path, pixels: Pixels, precision: str, rounds: int
) -> list[tuple[Cost, Cost]]:
    """Measure a page in both, in turn.

    Raises:
        ValueError: The two do not agree about the page.
    """
    with (
        Detector(str(bundle), "openvino", precision=precision) as detector,
        running_library(program, bundle, pixels, precision) as library,
    ):
        wanted, found = detector(pixels).raw_score, library()[1]
        if abs(wanted - found) > _ANSWERS_AGREE:
            raise ValueError(f"Python says raw score {wanted}, the C library {found}")

        def python() -> Cost:
            start, spent = time.perf_counter(), time.process_time()
            detector(pixels)
            return Cost(time.perf_counter() - start, time.process_time() - spent)

        return in_turn(lambda: library()[0], python, rounds)


def _row(name: str, pairs: list[tuple[Cost, Cost]], field: str, wanted: str) -> str:
    ours, theirs = (median(getattr(pair[i], field) for pair in pairs) for i in (0, 1))
    return f"{name:34}{ours:10.3f}{theirs:10.3f}{ratio(pairs, field):8.2f}   {wanted}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="folder where it was built")
    parser.add_argument("--bundle", default="default", help="name or folder")
    parser.add_argument("--image", type=Path, default=Path("docs/samples/invoice.jpg"))
    parser.add_argument("--precision", default="auto", help="auto, float32, bf16 or int8")
    parser.add_argument("--rounds", type=int, default=9, help="pairs of each measurement")
    given = parser.parse_args()
    bundle = Bundle.open(given.bundle).path
    pixels = decode(given.image.read_bytes()).pixels
    height, width = pixels.shape[:2]
    print(f"bundle {bundle.name}, page of {width} x {height}, load {os.getloadavg()[0]:.1f}")
    print(f"{'median of':34}{'C':>10}{'Python':>10}{'ratio':>8}   wanted")
    program = given.build / "tools" / "pages"
    pages = compare_pages(program, bundle, pixels, given.precision, given.rounds)
    print(_row("a page, s", pages, "seconds", "at most 1.0"))
    print(_row("a page, s of the processor", pages, "processor", "at most 1.0"))
    example = [str(given.build / "examples" / "detect_c"), str(bundle), str(given.image)]
    python = [sys.executable, "-c", COLD, str(bundle), str(given.image)]
    cold = in_turn(lambda: process_cost(example), lambda: process_cost(python), given.rounds)
    print(_row("first result, s", cold, "seconds", "at most 0.5"))
    print(_row("first result, s of the processor", cold, "processor", "at most 0.5"))
    print(_row("memory of that process, MiB", cold, "mib", "at most 0.6"))


if __name__ == "__main__":
    main()
