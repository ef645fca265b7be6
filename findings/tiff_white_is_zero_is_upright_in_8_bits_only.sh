#!/usr/bin/env bash
# One would guess: a gray TIFF in which 0 means white (PhotometricInterpretation 0) is turned around by a reader, or left as it is,
# and that this does not hang on the number of bits.
# What happens: Pillow 13.0.0 and OpenCV 5.0.0 (IMREAD_UNCHANGED) turn 8 bits around and hand out 16 bits as a negative.
# IMREAD_GRAYSCALE of the same 16-bit file is positive. libvips 8.18 turns both around, tifffile and imageio neither.
# Why it matters: scanners write white as 0. Paper is black for a detector as soon as the archive scans with 16 bits, and for
# some readers only; the map does not say so. Read the tag.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check opencv-python-headless==5.0.0.93 pillow==13.0.0 \
    "pyvips[binary]==3.2.0" tifffile==2026.3.3 imageio==2.38.2 numpy==2.4.6
"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys

import cv2
import imageio.v3
import numpy as np
import PIL
import pyvips
import tifffile
from PIL import Image

readers = {
    "Pillow": lambda path: np.asarray(Image.open(path)),
    "OpenCV, unchanged": lambda path: cv2.imread(path, cv2.IMREAD_UNCHANGED),
    "OpenCV, grayscale": lambda path: cv2.imread(path, cv2.IMREAD_GRAYSCALE),
    "libvips": lambda path: pyvips.Image.new_from_file(path).numpy(),
    "tifffile": tifffile.imread,
    "imageio": imageio.v3.imread,
}
print("Pillow", PIL.__version__, "OpenCV", cv2.__version__, "libvips", f"{pyvips.version(0)}.{pyvips.version(1)}",
      "tifffile", tifffile.__version__, "imageio", imageio.__version__)
found = {}
for bits, dtype in ((8, np.uint8), (16, np.uint16)):
    page = np.zeros((64, 64), dtype)  # 0 is white paper
    page[24:40, 24:40] = np.iinfo(dtype).max  # and this is black ink
    path = f"{sys.argv[1]}/{bits}.tif"
    tifffile.imwrite(path, page, photometric="miniswhite")
    for name, read in readers.items():
        pixels = read(path)
        found[name, bits] = pixels[0, 0] > pixels[32, 32]
        print(f"{bits:2} bits, {name:18}paper {pixels[0, 0]}, ink {pixels[32, 32]}")
right = {"Pillow": (True, False), "OpenCV, unchanged": (True, False), "OpenCV, grayscale": (True, True),
         "libvips": (True, True), "tifffile": (False, False), "imageio": (False, False)}
for name, both in right.items():
    assert (found[name, 8], found[name, 16]) == both, f"changed: {name}"
print("as found: Pillow and OpenCV show 16 bits as a negative, and 8 bits not")
PYTHON
