#!/usr/bin/env bash
# One would guess: cv2.imread with IMREAD_COLOR, which turns JPEG, PNG and WebP upright as their Orientation says, does so
# with AVIF; the format itself asks every reader to turn (the properties irot and imir).
# What happens (OpenCV 5.0.0): AVIF stays as it was stored, lying. Pillow hands out the stored pixels with an Orientation
# for ImageOps.exif_transpose, and libvips turns the pixels unasked.
# Why it matters: phones store pictures lying. A map that was computed from what OpenCV read does not fit the
# picture that a browser shows, and a model that expects upright text sees it on its side, for this one format only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
    opencv-python-headless==5.0.0.93 pillow==13.0.0 "pyvips[binary]==3.2.0" numpy==2.4.6
"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys

import cv2
import numpy as np
import PIL
import pyvips
from PIL import Image, ImageOps

print("OpenCV", cv2.__version__, "Pillow", PIL.__version__, "libvips", pyvips.version(0), pyvips.version(1))
picture = np.full((64, 96, 3), 255, np.uint8)
picture[:32, :48] = (255, 0, 0)  # red at the upper left as stored; upright it is at the upper right


def place(pixels: np.ndarray) -> str:
    """Size of a picture, and the corner that is red."""
    height, width = pixels.shape[:2]
    corners = {"upper left": (8, 8), "upper right": (8, -8), "lower left": (-8, 8), "lower right": (-8, -8)}
    red = [name for name, at in corners.items() if pixels[at][0] > 200 and pixels[at][1] < 60]
    return f"{width} x {height}, red at the {red[0]}"


seen = {}
for kind in ("jpeg", "png", "webp", "avif"):
    path = f"{sys.argv[1]}/picture.{kind}"
    orientation = Image.Exif()
    orientation[274] = 6  # turn a quarter clockwise
    Image.fromarray(picture).save(path, kind.upper(), quality=95, exif=orientation)
    seen[kind] = {
        "OpenCV": place(cv2.imread(path, cv2.IMREAD_COLOR)[..., ::-1]),
        "Pillow, exif_transpose": place(np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))),
        "libvips, autorot": place(pyvips.Image.new_from_file(path).autorot().numpy()),
    }
    for reader, what in seen[kind].items():
        print(f"{kind:5}{reader:24}{what}")
upright, lying = "64 x 96, red at the upper right", "96 x 64, red at the upper left"
for kind, readers in seen.items():
    for reader, what in readers.items():
        expected = lying if (kind, reader) == ("avif", "OpenCV") else upright
        assert what == expected, f"changed: {kind} by {reader} is {what}"
print("as found: OpenCV turns all but AVIF")
PYTHON
