"""Maps with regions of every shape."""

import cv2
import numpy as np


def speckled(height, width, seed, share=0.35, cell=3):
    """Blobs, single pixels, holes and diagonals: H×W float32 in [0, 1], many regions a size."""
    random = np.random.default_rng(seed)
    coarse = random.random((height // cell + 1, width // cell + 1)).astype(np.float32)
    blobs = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    noise = random.random((height, width)).astype(np.float32)
    return np.where(blobs < share, 0.5 + noise / 2, noise / 1.9).astype(np.float32)


def spiral(side, step=6):
    """One region that winds through the whole image: a chunk of rows holds many of its parts."""
    page = np.zeros((side, side), np.float32)
    left, top, right, bottom = 0, 0, side - 1, side - 1
    corners = [(left, top)]
    while right - left > 2 * step:
        corners += [(right, top), (right, bottom), (left, bottom), (left, top + step)]
        left, top, right, bottom = left + step, top + step, right - step, bottom - step
        corners.append((left, top))
    cv2.polylines(page, [np.array(corners, np.int32)], isClosed=False, color=0.75)
    return page
