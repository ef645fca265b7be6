#!/usr/bin/env bash
# One would guess: a mask that is turned into polygons by cv2.findContours, stored as COCO and drawn again by pycocotools is the same
# mask, give or take rounding.
# What happens: OpenCV (5.0.0) gives the centers of the outermost pixels, pycocotools (2.0.11) takes the corners of pixels. Each region
# loses its last row and column: 10 by 10 pixels become 9 by 9. A stroke of 2 pixels becomes 1, and one of 1 pixel is nothing: its
# contour has two points. cv2.fillPoly, whose polygons mean the same as those of findContours, gives the mask back.
# Why it matters: forged regions of documents are strokes of digits, one to three pixels wide. The stored truth calls them authentic, up
# to half of them or all, and scores are computed against that. Store run lengths, or draw with the library that traced.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pycocotools==2.0.11 opencv-python-headless==5.0.0.93 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import cv2
import numpy as np
from pycocotools import mask as coco


def there_and_back(truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Trace the outlines of a mask, and draw them again with pycocotools and with OpenCV."""
    outlines, _ = cv2.findContours(truth, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    polygons = [outline.ravel().tolist() for outline in outlines if len(outline) > 2]  # COCO asks for three points
    drawn = np.zeros_like(truth)
    if polygons:
        drawn = coco.decode(coco.merge(coco.frPyObjects(polygons, *truth.shape)))
    return drawn, cv2.fillPoly(np.zeros_like(truth), outlines, 1)


print("OpenCV", cv2.__version__, "pycocotools", version("pycocotools"))
for height, width in ((10, 10), (40, 3), (40, 2), (40, 1), (1, 40)):
    truth = np.zeros((64, 64), np.uint8)
    truth[12 : 12 + height, 12 : 12 + width] = 1
    by_coco, by_opencv = there_and_back(truth)
    intersection = int((by_coco & truth).sum())
    print(f"{height} by {width} pixels: {truth.sum()} in the mask, {by_coco.sum()} by pycocotools, {by_opencv.sum()} by OpenCV; "
          f"IoU of truth and truth {intersection / truth.sum():.2f}")
    assert np.array_equal(by_opencv, truth), "OpenCV gives the mask back"
    expected = np.zeros_like(truth)
    expected[12 : 11 + height, 12 : 11 + width] = 1
    assert np.array_equal(by_coco, expected), "changed: pycocotools draws other pixels"
    assert np.array_equal(coco.decode(coco.encode(np.asfortranarray(truth))), truth), "run lengths give the mask back"
print("as found: the last row and column are lost, and thin strokes with them")
PYTHON
