#!/usr/bin/env bash
# One would guess: Pillow reduces JPEG 2000 color of 16 bits a channel to 8 bits, white stays white.
# What happens: it rounds by adding half a step and cuts to 8 bits, so 65408 and above become 0:
# white paper is black, light gray is right. Gray of 16 bits is read right.
# Why it matters: scans and medical or archive pages in JPEG 2000 have 12 or 16 bits, and paper is
# white; a program that trusts the pixels examines or shows black where the paper was brightest.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    pillow==13.0.0 opencv-python-headless==5.0.0.93
"$folder/venv/bin/python" - "$folder/white.jp2" <<'PYTHON'
import sys

import cv2
import numpy as np
import PIL
from PIL import Image

levels = np.array([0, 32768, 65280, 65407, 65408, 65535], np.uint16)
bars = np.repeat(levels, 16)
colour = np.repeat(np.tile(bars, (64, 1))[:, :, None], 3, axis=2)
cv2.imwrite(sys.argv[1], colour, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
stored = cv2.imread(sys.argv[1], cv2.IMREAD_UNCHANGED)[0, 8::16, 0]
read = np.asarray(Image.open(sys.argv[1]))[0, 8::16, 0]
print("Pillow", PIL.__version__, "and OpenCV", cv2.__version__)
print("16-bit samples in the file (OpenCV, unchanged):", stored.tolist())
print("8-bit samples that Pillow gives               :", read.tolist())
assert abs(int(stored[-1]) - 65535) < 128, "the file must hold white"
if read[-1] != 0 or read[2] != 255:
    sys.exit("the behavior has changed: white is no longer 0")
print("white (65535) became", int(read[-1]))
PYTHON
