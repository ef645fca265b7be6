#!/usr/bin/env bash
# One would guess: a JPEG that was transcoded to JPEG XL without loss, from which the JPEG comes back byte by byte, also
# has the pixels of the JPEG when it is opened.
# What happens (libjxl 0.11.2 in imagecodecs 2026.3.6): about nine pixels in ten differ from those that JPEG decoders give of the
# same JPEG, and not by rounding: with color kept whole (4:4:4), most are off by 2 levels or more, some by over 10.
# "Lossless" speaks of the coefficients; from these, JPEG XL's decoder computes other pixels.
# Why it matters: archives turn their JPEGs into JPEG XL to save a fifth of the room. Noise, double compression and maps of
# the archive's file are not those of the original. Reconstruct the JPEG, and decode that.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
    imagecodecs==2026.3.6 pillow==13.0.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import io

import imagecodecs
import numpy as np
import PIL
from PIL import Image

print("imagecodecs", imagecodecs.__version__, imagecodecs.jpegxl_version(), "Pillow", PIL.__version__)
rows, columns = np.mgrid[0:300, 0:400]
scene = np.stack([127 + 90 * np.sin(columns / 9), 127 + 90 * np.cos(rows / 7), 127 + 90 * np.sin((rows + columns) / 5)], 2)
scene[80:160, 100:250] = (230, 20, 30)  # a stamp
scene = np.clip(scene + np.random.default_rng(0).normal(0, 8, scene.shape), 0, 255).astype(np.uint8)

off = {}
for name, subsampling in (("4:4:4", 0), ("4:2:0", 2)):
    stream = io.BytesIO()
    Image.fromarray(scene).save(stream, "JPEG", quality=90, subsampling=subsampling)
    jpeg = stream.getvalue()
    transcoded = imagecodecs.jpegxl_encode_jpeg(jpeg)
    assert imagecodecs.jpegxl_decode_jpeg(transcoded) == jpeg, "the JPEG must come back to the byte"
    usual = np.asarray(Image.open(io.BytesIO(jpeg))).astype(int)
    assert np.array_equal(usual, imagecodecs.jpeg_decode(jpeg)), "two JPEG decoders agree"
    difference = np.abs(usual - imagecodecs.jpegxl_decode(transcoded)).max(axis=2)
    off[name] = (int(difference.max()), float((difference > 0).mean()), float((difference > 1).mean()))
    print(f"{name}: {len(jpeg)} bytes, as JPEG XL {len(transcoded)}, and back the same bytes; "
          f"{off[name][1]:.0%} of the pixels differ, {off[name][2]:.0%} by 2 or more, the most by {off[name][0]}")
assert off["4:4:4"][0] > 5 and off["4:4:4"][2] > 0.3, "changed: the pixels are nearer"
assert off["4:2:0"][0] > 1 and off["4:2:0"][1] > 0.5, "changed: the pixels are nearer"
print("as found: the transcoded file opens with other pixels")
PYTHON
