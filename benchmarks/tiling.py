"""How many pixels does a page cost: by tiles that fit it, by squares, and by the original system?

python -m benchmarks.tiling
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from forensics_rt.plan.tianchi_fft2 import plan_original_tiles
from forensics_rt.plan.tiling import plan_rectangles, plan_tiles
from forensics_rt.recipe import PRESETS

SIZES = (384, 512, 768, 1024)
SIDES = (384, 512, 640, 832)
PAGES = ((1100, 1100), (1200, 1200), (1000, 1414), (1500, 1000))


def main() -> None:
    """Print computed pixels per pixel of the page, for one member under one symmetry."""
    table = Table("page", "fitting", "squares", "original")
    for height, width in PAGES:
        overlap = PRESETS["balanced"].overlap
        fitting = plan_rectangles(height, width, SIDES, overlap)
        squares = plan_tiles(height, width, SIZES, overlap)
        theirs = plan_original_tiles(height, width, SIZES)
        ratios = (f"{plan.computed_ratio:.2f}" for plan in (fitting, squares, theirs))
        table.add_row(f"{width}×{height}", *ratios)
    Console().print(table)


if __name__ == "__main__":
    main()
