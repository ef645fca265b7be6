#!/usr/bin/env bash
# One would guess: cv2.matchTemplate with TM_CCOEFF_NORMED scores a patch without contrast low or as undefined, because a
# correlation with a constant is 0/0; a patch of blank paper surely does not match text.
# What happens (OpenCV 5.0.0): a constant patch scores exactly 1.0, a perfect match, at every place of any image,
# on text and on noise too. One pixel of the patch changed by one level, and the scores are near 0.
# Why it matters: search for copied regions takes patches from all over a page, and most of a page is blank. Each blank
# patch "is found" everywhere. Leave out patches without contrast before the search.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
    opencv-python-headless==5.0.0.93 scikit-image==0.26.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import cv2
import numpy as np
import skimage
from skimage.feature import match_template

noise = np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8)
blank = np.full((24, 24), 255, np.uint8)
speck = blank.copy()
speck[12, 12] = 254


def by_opencv(patch: np.ndarray) -> tuple[float, float]:
    scores = cv2.matchTemplate(noise, patch, cv2.TM_CCOEFF_NORMED)
    return float(scores.min()), float(scores.max())


print("OpenCV", cv2.__version__, "scikit-image", skimage.__version__)
print("a patch of the noise in the noise:", by_opencv(noise[50:74, 60:84]))
print("blank paper in the noise:         ", by_opencv(blank))
print("the same with one speck:          ", by_opencv(speck))
other = match_template(noise, blank)
print("blank paper, by scikit-image:     ", (float(other.min()), float(other.max())))
assert by_opencv(blank) == (1.0, 1.0), "changed: a blank patch does not match everywhere"
assert by_opencv(speck)[1] < 0.5 and other.max() == 0
print("as found: a patch without contrast matches noise perfectly, everywhere")
PYTHON
