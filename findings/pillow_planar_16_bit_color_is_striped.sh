#!/usr/bin/env bash
# One would guess: a TIFF of 16-bit color opens the same whether its channels are stored together or one after the other, and
# compressed or not.
# What happens (Pillow 13.0.0): with channels one after the other (PlanarConfiguration 2) and without compression, the two bytes of a
# sample become two pixels, low and high in turn. Of a page in one strip the upper half is shown, each of its rows torn into two.
# Deflate or LZW, or channels together: right. tifffile and libvips read all of them right.
# Why it matters: tifffile.imwrite stores an array of shape (3, height, width), as networks use it, in just this way by default.
# What Pillow shows looks like JPEG blocks or resampling to a detector of forged pixels, and half of the page is not seen at all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0 "pyvips[binary]==3.2.0" tifffile==2026.3.3 \
    imagecodecs==2026.3.6 numpy==2.4.6
"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys

import numpy as np
import PIL
import pyvips
import tifffile
from PIL import Image

channels = np.random.default_rng(0).integers(0, 65536, (3, 40, 50), dtype=np.uint16)
page = np.moveaxis(channels, 0, 2)
print("Pillow", PIL.__version__, "libvips", f"{pyvips.version(0)}.{pyvips.version(1)}", "tifffile", tifffile.__version__)
wrong = {}
for layout, pixels in (("together", page), ("one after the other", channels)):
    for compression in (None, "zlib", "lzw"):
        path = f"{sys.argv[1]}/{layout}-{compression}.tif"
        tifffile.imwrite(path, pixels, photometric="rgb", compression=compression)
        assert np.array_equal(tifffile.imread(path), pixels)
        assert np.array_equal(pyvips.Image.new_from_file(path).numpy(), page)
        shown = np.asarray(Image.open(path))  # Pillow keeps the high byte of 16-bit color
        assert shown.shape == page.shape and shown.dtype == np.uint8
        wrong[layout, compression] = float((shown != page >> 8).mean())
        print(f"channels {layout}, compression {compression}: {wrong[layout, compression]:.1%} of Pillow's samples are wrong")
        if wrong[layout, compression]:
            bytes_in_turn = channels.astype("<u2").view(np.uint8).reshape(3, 80, 50)
            striped = np.moveaxis(bytes_in_turn[:, :40], 0, 2)
            assert np.array_equal(shown, striped), "changed: no longer the bytes of the upper half"
assert wrong.pop(("one after the other", None)) > 0.9, "changed: Pillow reads it right"
assert set(wrong.values()) == {0.0}, "the other five are right"
print("as found: low and high bytes of the upper half of the page, as pixels")
PYTHON
