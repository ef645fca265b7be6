"""Pictures of a result."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.metadata import Density, is_square
from forensics_rt.results.regions import Region

_HEAT = (np.array([255, 196, 0], np.float32), np.array([214, 0, 28], np.float32))
_OUTLINE = (214, 0, 28)
_STRONGEST_TINT = 0.55
_MOST_CAPTIONS = 8
# A few rows at a time stay in the cache, and the float copies of a large page out of memory.
_BAND_ROWS = 32
_LARGEST_STRETCH = 4.0


def overlay(
    image: npt.NDArray[np.uint8],
    probability: npt.NDArray[np.float32],
    regions: Sequence[Region],
    density: Density | None = None,
) -> npt.NDArray[np.uint8]:
    """Tint an image by probability (yellow to red) and outline the regions.

    Args:
        image: H×W×3 RGB.
        probability: H×W float32 in [0, 1].
        regions: What to outline, the largest first; eight get their mean probability as a caption.
        density: Pixels per inch, across and down; where they differ, the picture is stretched in
            one direction, so that circles are round.

    Returns:
        H×W×3 RGB uint8, a new array; stretched, with more rows or columns.
    """
    picture = np.empty_like(image)
    for top in range(0, image.shape[0], _BAND_ROWS):
        band = np.s_[top : top + _BAND_ROWS]
        _tint(image[band], probability[band], picture[band])
    stretch = stretch_of(density)
    picture = _stretched(picture, stretch)
    thickness = max(1, round(max(picture.shape[:2]) / 700))
    outlines = [_scaled(np.array(region.polygon), stretch) for region in regions]
    cv2.polylines(picture, outlines, True, _OUTLINE, thickness, cv2.LINE_AA)
    for region in regions[:_MOST_CAPTIONS]:
        corners = _scaled(np.reshape(region.box, (2, 2)), stretch)
        _caption(picture, corners, region.mean_probability, thickness)
    return picture


def stretch_of(density: Density | None) -> tuple[float, float]:
    """Return how many times as wide and as high a picture must be to look as it should.

    Args:
        density: Pixels per inch, across and down.

    Example:
        >>> stretch_of((200.0, 100.0)), stretch_of((300.0, 300.0))
        ((1.0, 2.0), (1.0, 1.0))
    """
    if density is None or is_square(density):
        return 1.0, 1.0
    # The shorter side grows, so that no line is lost. A wrong density must not fill the memory.
    ratio = density[0] / density[1]
    return min(max(1 / ratio, 1.0), _LARGEST_STRETCH), min(max(ratio, 1.0), _LARGEST_STRETCH)


def _stretched(
    picture: npt.NDArray[np.uint8], stretch: tuple[float, float]
) -> npt.NDArray[np.uint8]:
    if stretch == (1.0, 1.0):
        return picture
    size = (round(picture.shape[1] * stretch[0]), round(picture.shape[0] * stretch[1]))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _scaled(points: npt.NDArray[np.int_], stretch: tuple[float, float]) -> npt.NDArray[np.int32]:
    scaled: npt.NDArray[np.int32] = np.rint(points * stretch).astype(np.int32)
    return scaled


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


def _caption(
    picture: npt.NDArray[np.uint8],
    box: npt.NDArray[np.int32],
    probability: float,
    thickness: int,
) -> None:
    left, top, _, height = box.ravel().tolist()
    text = f"{probability:.0%}"
    scale = 0.45 * thickness
    (text_width, text_height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    above = top - 3 * thickness
    baseline = above if above > text_height else top + height + text_height + 3 * thickness
    place = (min(left, max(0, picture.shape[1] - text_width)), baseline)
    for color, width in (((255, 255, 255), thickness + 2), (_OUTLINE, thickness)):
        cv2.putText(
            picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, color, width, cv2.LINE_AA
        )
