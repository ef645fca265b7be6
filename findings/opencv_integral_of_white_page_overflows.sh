#!/usr/bin/env bash
# One would guess: cv2.integral of an 8-bit image picks a type that holds its sums, as cv2.sumElems and NumPy's sum do.
# What happens (OpenCV 5.0.0): it picks int32, which holds 8.42 million white pixels. An A4 page at 300 dots an inch has 8.70
# million: where the paper is whiter than level 246, the sums turn negative near the lower right corner, without a word.
# Why it matters: local means and variances (noise maps, Sauvola's threshold, block matching) that turn the table to float
# first are wrong there, and only for bright pages of that size or more. Ask for sdepth=cv2.CV_64F.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check opencv-python-headless==5.0.0.93 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import cv2
import numpy as np

print("OpenCV", cv2.__version__)
BOX = 64


def lower_right_mean(table: np.ndarray) -> float:
    """Mean of the last box, from a table that was turned to float, as filters do."""
    table = table.astype(np.float64)
    return float(table[-1, -1] - table[-1, -1 - BOX] - table[-1 - BOX, -1] + table[-1 - BOX, -1 - BOX]) / BOX**2


broken = {}
for name, sides in (("A4, 200 dots an inch", (2339, 1654)), ("A4, 300 dots an inch", (3508, 2480))):
    for level in (240, 252):
        page = np.full(sides, level, np.uint8)
        table, wide = cv2.integral(page), cv2.integral(page, sdepth=cv2.CV_64F)
        true = int(page.sum(dtype=np.int64))
        wrong = int((table.astype(np.float64) != wide).sum())
        # The box that the edge of the wrong sums crosses has an absurd mean; it is found by all boxes at once.
        wide_table = table.astype(np.float64)
        boxes = (wide_table[BOX:, BOX:] - wide_table[:-BOX, BOX:] - wide_table[BOX:, :-BOX]
                 + wide_table[:-BOX, :-BOX]) / BOX**2
        broken[name, level] = wrong
        print(f"{name}, paper of level {level}: {table.dtype}, last sum {table[-1, -1]}, true {true}; "
              f"{wrong} sums are wrong, means of boxes from {boxes.min():.0f} to {boxes.max():.0f}")
        assert wide[-1, -1] == true and lower_right_mean(wide) == level
        assert (wrong > 0) == (true >= 2**31), "changed"
        assert wrong == 0 or (table[-1, -1] < 0 and boxes.min() < 0), "changed"
assert sum(1 for count in broken.values() if count) == 1
print("as found: the sums of a bright page at 300 dots an inch overflow")
PYTHON
