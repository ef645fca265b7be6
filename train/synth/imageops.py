"""Small picture operations that several stages share."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from train.synth.scene.base import Image

LUMA_GRAIN, COLOR_GRAIN = 0.85, 0.5
"""Shares of noise: most grain is common to the colors."""


def jpeg(image: Image, quality: int, subsample: bool = True) -> Image:
    """Return the image after one JPEG round trip; the arguments are those of `jpeg_file`."""
    return jpeg_pixels(jpeg_file(image, quality, subsample))


def jpeg_file(image: Image, quality: int, subsample: bool = True) -> npt.NDArray[np.uint8]:
    """Return the bytes of a JPEG.

    Args:
        image: H×W×3 uint8 RGB.
        quality: 1..100, libjpeg scale.
        subsample: True for 4:2:0 chroma, False for 4:4:4.
    """
    sampling = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if subsample else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    )
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), options)
    return np.asarray(data, np.uint8)


def jpeg_pixels(data: npt.NDArray[np.uint8]) -> Image:
    """Decode the bytes of a JPEG to H×W×3 uint8 RGB."""
    decoded: Image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])


def resized(image: Image, size: tuple[int, int], interpolation: int = cv2.INTER_AREA) -> Image:
    """Return the image at another size, given as (width, height) in pixels."""
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)


def scaled_size(image: npt.NDArray[np.uint8], factor: float) -> tuple[int, int]:
    """Return the (width, height) of an H×W or H×W×3 image times a factor, 1 pixel at least.

    Example:
        >>> scaled_size(np.zeros((10, 21), np.uint8), 0.5)
        (10, 5)
    """
    return max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))


def blurred(image: Image, sigma: float) -> Image:
    """Return the image after a Gaussian blur of the given sigma in pixels."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def to_uint8(values: np.ndarray) -> Image:
    """Round and clip float gray levels to uint8."""
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def noisy(image: Image, rng: np.random.Generator, sigma: float, grain: float = 1.0) -> Image:
    """Add Gaussian noise.

    Args:
        image: H×W×3 uint8.
        rng: Source of randomness.
        sigma: Standard deviation in gray levels.
        grain: Size of a grain in pixels; above 1 the noise is correlated.
    """
    height, width = image.shape[:2]
    rows, columns = int(np.ceil(height / grain)), int(np.ceil(width / grain))
    luma = rng.standard_normal((rows, columns, 1), np.float32) * (sigma * LUMA_GRAIN)
    field = luma + rng.standard_normal((rows, columns, 3), np.float32) * (sigma * COLOR_GRAIN)
    if grain > 1.0:
        field = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR) * 1.3
    return to_uint8(image + field)
