"""Results as pictures: encoded in memory."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.image_files import encode_image
from forensics_rt.results.detection import Detection
from forensics_rt.results.saving import map_in_16_bits

_THUMBNAIL = 240  # pixels of the longer side
# As the overlay: from yellow to red.
_WEAK, _STRONG = np.array([255, 196, 0], np.float32), np.array([214, 0, 28], np.float32)
_STRONGEST = 0.85


def overlay_png(detection: Detection) -> bytes:
    """Return the image tinted by probability, regions outlined."""
    return encode_image(".png", detection.overlay())


def map_png(detection: Detection) -> bytes:
    """Return the probability map as 16-bit gray; 65535 is 1."""
    return encode_image(".png", map_in_16_bits(detection.probability))


def mask_png(detection: Detection) -> bytes:
    """Return the mask as gray, 0 or 255."""
    return encode_image(".png", detection.mask.view(np.uint8) * np.uint8(255))


def heat_png(map_16: npt.NDArray[np.uint16]) -> bytes:
    """Return a layer of color to lie over the image: nothing where the probability is 0.

    Args:
        map_16: H×W, 65535 is 1.
    """
    probability = map_16.astype(np.float32) / np.float32(65535)
    colors = _WEAK + (_STRONG - _WEAK) * probability[:, :, None]
    alpha = probability * (255 * _STRONGEST)
    layer = np.dstack([colors[:, :, ::-1], alpha])
    done, encoded = cv2.imencode(
        ".png", np.rint(layer).astype(np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 1]
    )
    if not done:
        raise ValueError(f"a map of {map_16.shape} does not fit a PNG")
    return encoded.tobytes()


def thumbnail_jpeg(image: npt.NDArray[np.uint8]) -> bytes:
    """Return a small copy, 240 pixels on its longer side.

    Args:
        image: H×W×3 RGB.
    """
    scale = _THUMBNAIL / max(image.shape[:2])
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return encode_image(".jpg", image)
