"""How many pixels does a page cost, by this project's tiling and by the original system's?

python -m benchmarks.tiling
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from forensics_rt.plan.tianchi_fft2 import plan_original_tiles
from forensics_rt.plan.tiling import plan_tiles
from forensics_rt.recipe import PRESETS

SIZES = (384, 512, 768, 1024)
PAGES = ((1100, 1100), (1200, 1200), (1000, 1414), (1500, 1000))


def main() -> None:
    """Print computed pixels per pixel of the page, for one member under one symmetry."""
    table = Table("page", "balanced", "original")
    for height, width in PAGES:
        ours = plan_tiles(height, width, SIZES, PRESETS["balanced"].overlap)
        theirs = plan_original_tiles(height, width, SIZES)
        ratios = (f"{plan.computed_ratio:.2f}" for plan in (ours, theirs))
        table.add_row(f"{width}×{height}", *ratios)
    Console().print(table)


if __name__ == "__main__":
    main()
