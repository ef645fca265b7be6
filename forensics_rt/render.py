"""Pictures of a result for people."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.regions import Region

_HEAT = (np.array([255, 196, 0], np.float32), np.array([214, 0, 28], np.float32))
_OUTLINE = (214, 0, 28)
_STRONGEST_TINT = 0.55
_MOST_CAPTIONS = 8
# A few rows at a time stay in the cache, and the float copies of a large page out of memory.
_BAND_ROWS = 32


def overlay(
    image: npt.NDArray[np.uint8],
    probability: npt.NDArray[np.float32],
    regions: Sequence[Region],
) -> npt.NDArray[np.uint8]:
    """Tint an image by probability (yellow to red) and outline the regions.

    Args:
        image: H×W×3 RGB.
        probability: H×W float32 in [0, 1].
        regions: What to outline, the largest first; eight get their mean probability as a caption.

    Returns:
        H×W×3 RGB uint8, a new array.
    """
    picture = np.empty_like(image)
    for top in range(0, image.shape[0], _BAND_ROWS):
        band = np.s_[top : top + _BAND_ROWS]
        _tint(image[band], probability[band], picture[band])
    thickness = max(1, round(max(image.shape[:2]) / 700))
    outlines = [np.array(region.polygon, np.int32) for region in regions]
    cv2.polylines(picture, outlines, True, _OUTLINE, thickness, cv2.LINE_AA)
    for region in regions[:_MOST_CAPTIONS]:
        _caption(picture, region, thickness)
    return picture


def _tint(
    image: npt.NDArray[np.uint8],
    probability: npt.NDArray[np.float32],
    out: npt.NDArray[np.uint8],
) -> None:
    tint = probability * np.float32(_STRONGEST_TINT)
    kept = 1 - tint
    for channel, (weak, strong) in enumerate(zip(*_HEAT, strict=True)):
        tinted = image[:, :, channel] * kept
        tinted += (weak + (strong - weak) * probability) * tint
        out[:, :, channel] = np.rint(tinted, out=tinted)


def _caption(picture: npt.NDArray[np.uint8], region: Region, thickness: int) -> None:
    left, top, _, height = region.box
    text = f"{region.mean_probability:.0%}"
    scale = 0.45 * thickness
    (text_width, text_height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    above = top - 3 * thickness
    baseline = above if above > text_height else top + height + text_height + 3 * thickness
    place = (min(left, max(0, picture.shape[1] - text_width)), baseline)
    for colour, width in (((255, 255, 255), thickness + 2), (_OUTLINE, thickness)):
        cv2.putText(
            picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, width, cv2.LINE_AA
        )
