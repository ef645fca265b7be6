"""What does reading the coefficients of a JPEG cost, as a share of a page?

python -m benchmarks.coefficients [--runs 7] [--bundle default] [--precision auto] [--parts]

Pages are decoded with coefficients and without in turns, and examined by a bundle's detector
between them: each round gives one ratio, and the median is printed with the least and most. With
`--parts`, the time of each part of reading is printed instead.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from PIL import Image
from rich.console import Console
from rich.table import Table

from export.parity.probes import synthetic_page
from forensics_rt import Detector
from forensics_rt.io.coefficients import BLOCK, laid_out, stored_coefficients
from forensics_rt.io.decode import decode
from forensics_rt.io.jpeg_library import read_luma
from forensics_rt.io.read_options import ReadOptions

_LIMIT = 20
_SIDES = (1024, 1536)
_QUALITIES = (75, 90)


def main() -> None:
    """Print the share for pages of a few sizes and qualities."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7, help="rounds (default: %(default)s)")
    parser.add_argument("--bundle", default="default", help="what examines the page")
    parser.add_argument(
        "--precision",
        choices=("auto", "float32"),
        default="float32",
        help="number format of the page; networks that read coefficients have %(default)s alone",
    )
    parser.add_argument(
        "--parts", action="store_true", help="print the time of each part of reading"
    )
    asked = parser.parse_args()
    if asked.parts:
        Console().print(parts_table(asked.runs))
        return
    table = Table("page", "quality", "ms more", "ms a page", "share of a page", "least", "most")
    with Detector(asked.bundle, precision=asked.precision) as detector:
        Console().print(f"computed in {detector.backend.capabilities.precision}")
        for side in _SIDES:
            for quality in _QUALITIES:
                rounds = measured(detector, jpeg_page(side, quality), asked.runs)
                shares = [more / page for more, page in rounds]
                table.add_row(
                    f"{side}×{side}",
                    str(quality),
                    f"{1000 * median(more for more, _ in rounds):.1f}",
                    f"{1000 * median(page for _, page in rounds):.0f}",
                    *(f"{100 * f(shares):.1f} %" for f in (median, min, max)),
                )
    Console().print(table)


def parts_table(runs: int) -> Table:
    """Return the milliseconds of the processor that each part of reading takes."""
    table = Table("page", "quality", "read", "lay out", "in all", "decode the pixels")
    for side in _SIDES:
        for quality in _QUALITIES:
            page = jpeg_page(side, quality)
            blocks = side // BLOCK
            read = read_luma(page, blocks, blocks)
            assert not isinstance(read, str), read
            parts: tuple[Callable[[], object], ...] = (
                partial(read_luma, page, blocks, blocks),
                partial(laid_out, *read, _LIMIT),
                partial(stored_coefficients, page, (side, side), _LIMIT),
                partial(decode, page),
            )
            times = [median(_seconds(part) for _ in range(runs)) for part in parts]
            table.add_row(f"{side}×{side}", str(quality), *(f"{1000 * one:.1f}" for one in times))
    return table


def jpeg_page(side: int, quality: int) -> bytes:
    """Return a synthetic page as a JPEG."""
    out = io.BytesIO()
    Image.fromarray(synthetic_page(side, 1)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def measured(detector: Detector, page: bytes, runs: int) -> list[tuple[float, float]]:
    """Return, for each round, the seconds that coefficients take, and those of the page.

    Seconds are those of the processor, so that what else runs on the machine does not count.
    """
    found = []
    with_them = ReadOptions(dct_limit=_LIMIT)
    for _ in range(runs + 1):
        plain = _seconds(lambda: decode(page))
        both = _seconds(lambda: decode(page, options=with_them))
        found.append((both - plain, _seconds(lambda: detector(page))))
    return found[1:]  # in the first, caches are filled


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
