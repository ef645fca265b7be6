#!/usr/bin/env bash
# One would guess: Pillow turns and shifts 16-bit gray as it does 8-bit gray, or raises an error as its filters do.
# What happens (13.0.0): rotate and transform with BILINEAR or BICUBIC interpolate the bytes of the samples one by one, without a
# word: of a page of about 30000 (mode I;16) nothing above 255 is left. NEAREST, which is the default, is right.
# Big-endian files (mode I;16B) are noise after rotate, and after resize, too, where little-endian ones are right.
# Why it matters: scans are straightened and augmented by small angles, with interpolation. Of two TIFF files of the same
# scan, one in either byte order, the detector gets two different pictures, and neither is the page. Turn it in mode F.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys

import numpy as np
import PIL
import tifffile
from PIL import Image
from PIL.Image import Resampling

page = np.tile(np.linspace(20000, 40000, 256), (256, 1)).astype(np.uint16)  # a smooth ramp, 78 from pixel to pixel
inside = slice(64, 192)


def off(turned: Image.Image, expected: np.ndarray) -> int:
    """Largest difference to what is expected, at the pixels of the middle."""
    height, width = expected.shape
    middle = slice(height // 4, height * 3 // 4), slice(width // 4, width * 3 // 4)
    return int(np.abs(np.asarray(turned).astype(int) - expected)[middle].max())


print("Pillow", PIL.__version__)
found = {}
for name, order in (("little", "<"), ("big", ">")):
    path = f"{sys.argv[1]}/{name}.tif"
    tifffile.imwrite(path, page, byteorder=order)
    scan = Image.open(path)
    assert np.array_equal(scan, page), "it is read right"
    exact = Image.fromarray(page.astype(np.float32))  # mode F
    for way in (Resampling.NEAREST, Resampling.BILINEAR, Resampling.BICUBIC):
        turned, small = scan.rotate(1, way), scan.resize((128, 128), way)
        found[name, way.name] = (
            off(turned, np.asarray(exact.rotate(1, way))),
            off(small, np.asarray(exact.resize((128, 128), way))),
        )
        middle = np.asarray(turned)[inside, inside]
        print(f"{scan.mode:6}{way.name:9}turned by 1 degree: {middle.min()} to {middle.max()}, "
              f"off by {found[name, way.name][0]}; shrunk: off by {found[name, way.name][1]}")
for (name, way), (turned, shrunk) in found.items():
    assert (turned > 10000) == (way != "NEAREST"), f"changed: {name}, {way}, turned"
    assert (shrunk > 10000) == (way != "NEAREST" and name == "big"), f"changed: {name}, {way}, shrunk"
print("as found: interpolated, 16-bit gray is not the page any more")
PYTHON
