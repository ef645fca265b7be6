#!/usr/bin/env bash
# One would guess: Pillow reads BigTIFF in either byte order, as its list of signatures says.
# What happens: a big-endian BigTIFF (MM\0+) is taken for a TIFF of 32-bit offsets and not identified;
# the same picture as little-endian BigTIFF (II+\0) opens.
# Why it matters: "cannot identify image file" reads as damage; the file is whole, and tools of
# archives and microscopes on big-endian systems, or with byteorder='>', write such files.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import numpy as np
import PIL
import tifffile
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

print("Pillow", PIL.__version__, "tifffile", tifffile.__version__)
print("signatures that Pillow lists:", TiffImagePlugin.PREFIXES)
pixels = np.arange(600, dtype=np.uint8).reshape(20, 30)
opened = {}
for name, order in (("little-endian", "<"), ("big-endian", ">")):
    path = Path(sys.argv[1]) / f"{name}.tif"
    tifffile.imwrite(path, pixels, bigtiff=True, byteorder=order, photometric="minisblack")
    assert np.array_equal(tifffile.imread(path), pixels), "the file must be sound"
    try:
        with Image.open(path) as image:
            opened[name] = np.array_equal(np.asarray(image), pixels)
        print(name, path.read_bytes()[:4], "read by Pillow, the same pixels:", opened[name])
    except UnidentifiedImageError as error:
        opened[name] = None
        print(name, path.read_bytes()[:4], "refused by Pillow:", type(error).__name__)
if opened != {"little-endian": True, "big-endian": None}:
    sys.exit("the behavior has changed")
PYTHON
