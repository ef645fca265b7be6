"""Does a page of a long TIFF cost as much as one of a short one, and does memory stay flat?

    python -m benchmarks.tiff_pages --pages 6 600 --rounds 3

Decodes every page of fax files of so many pages, in turn; with `--detect` it examines them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from forensics_rt import Detector
from forensics_rt.io.decode import decode
from forensics_rt.io.pages import Page, pages_of
from forensics_rt.system.memory import resident_bytes


def write_fax(path: Path, pages: int) -> None:
    """Write a Group 4 TIFF of that many small pages."""
    dots = np.random.default_rng(0).random((330, 254)) > 0.1
    page = Image.fromarray(np.uint8(dots) * 255).convert("1")
    page.save(path, save_all=True, append_images=[page] * (pages - 1), compression="group4")


def seconds_a_page(path: Path, examine: Callable[[Page], object]) -> float:
    """List the pages of a file, examine each, as a run does, and return the processor's seconds."""
    # Of the processor: what else runs on the machine does not count.
    start = time.process_time()
    pages = pages_of(path)
    for page in pages:
        examine(page)
    return (time.process_time() - start) / len(pages)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[6, 600])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--detect", action="store_true", help="examine the pages, too")
    given = parser.parse_args()
    detector = Detector(recipe="fast") if given.detect else None
    examine = decode if detector is None else detector
    with tempfile.TemporaryDirectory() as folder:
        files = {count: Path(folder) / f"fax{count}.tif" for count in given.pages}
        for count, path in files.items():
            write_fax(path, count)
            examine(Page(path, 1))
        times: dict[int, list[float]] = {count: [] for count in files}
        memory: dict[int, list[int]] = {count: [] for count in files}
        for _ in range(given.rounds):
            for count, path in files.items():
                times[count].append(seconds_a_page(path, examine))
                memory[count].append(resident_bytes())
    first = median(times[given.pages[0]])
    print(f"{'pages':>8}{'CPU ms a page':>15}{'of the first':>14}{'resident MB':>13}")
    for count in files:
        each = median(times[count])
        held = max(memory[count]) / 1e6
        print(f"{count:8}{each * 1e3:15.2f}{each / first:14.2f}{held:13.1f}")


if __name__ == "__main__":
    main()
