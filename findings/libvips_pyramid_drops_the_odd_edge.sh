#!/usr/bin/env bash
# One would guess: in a pyramid TIFF saved with region_shrink="max" every level keeps the maximum, so no marked pixel of a mask is lost.
# What happens: sizes are halved and rounded down, and the last row and column of an odd side are left out of all smaller levels.
# A marked pixel there is in the full mask alone.
# Why it matters: forged regions at the lower and right edge of a scan are missing in every overview. Pad to even sides, or
# shrink with code that rounds up.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "pyvips[binary]==3.2.0" "numpy==2.4.1"
"$work/venv/bin/python" - "$work" <<'PY'
import sys

import numpy as np
import pyvips

print("pyvips", pyvips.__version__, "libvips", ".".join(str(pyvips.version(n)) for n in range(3)))


def levels(height: int, width: int) -> list[tuple[int, int, int]]:
    """Write a mask whose only marked pixel is the last one; return size and maximum of each level."""
    mask = np.zeros((height, width), np.uint8)
    mask[-1, -1] = 255
    image = pyvips.Image.new_from_memory(mask.tobytes(), width, height, 1, "uchar")
    path = f"{sys.argv[1]}/{height}.tif"
    image.tiffsave(path, tile=True, pyramid=True, region_shrink="max")
    count = pyvips.Image.new_from_file(path).get("n-pages")
    pages = [pyvips.Image.new_from_file(path, page=page) for page in range(count)]
    return [(page.width, page.height, int(page.max())) for page in pages]


even, odd = levels(1024, 1024), levels(1501, 601)
print("1024 x 1024:", even)
print("601 x 1501: ", odd)
assert all(largest == 255 for _, _, largest in even), "an even mask keeps its pixel"
assert odd[0][2] == 255 and len(odd) > 1, "the full mask has it"
assert all(largest == 0 for _, _, largest in odd[1:]), "changed: a smaller level has the pixel"
print("as found: the marked pixel of the odd mask is in no smaller level")
PY
