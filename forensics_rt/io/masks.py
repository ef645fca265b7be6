"""Mask files as gray levels: what does not say plainly which pixels are forged is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.errors import ImageError, LabelError
from forensics_rt.io.damage import HOW_TO_EXAMINE
from forensics_rt.io.decode import decode
from forensics_rt.io.names import printable

AUTHENTIC_BELOW, FORGED_FROM = 64, 192
# How far lossy compression drives the channels of a gray pixel apart, with room to spare.
_SPREAD = 8
# Levels around 128: with black alone, an authentic page of which nobody can tell a part.
_MID_GRAY = range(112, 144)


def read_levels(file: Path) -> npt.NDArray[np.uint8]:
    """Read a mask as gray levels: below 64 authentic, from 192 forged, nobody can tell between.

    Of 16-bit values up to 255 each is a level, of larger ones the high byte is. A mask of zeros and
    ones is read as 0 and 255.

    Args:
        file: Gray image, or one with equal channels, a gray palette or the same alpha everywhere.

    Returns:
        H×W uint8.

    Raises:
        LabelError: If the file cannot be read, or holds colors, a mask in its alpha channel, or
            levels that mean nothing.
    """
    stored = _decode(file)
    if stored.ndim == 3:
        _check_alpha(file, stored[..., 3:])
        stored = stored[..., :3]
    top = int(stored.max())
    levels = np.asarray(stored if top <= 255 else stored // 256, np.uint8)
    if levels.ndim == 3:
        levels = _gray(file, levels)
    if top == 1:  # a mask of 0 and 1, as some tools write it
        return np.asarray(levels * 255, np.uint8)
    brightest = int(levels.max())
    if top and brightest < FORGED_FROM and brightest not in _MID_GRAY:
        raise LabelError(
            f"{file} must be black where authentic and white where forged ({FORGED_FROM}–255 of "
            f"255, or 1 in a mask of 0 and 1), but holds {_some(stored)}; write 255 where forged"
        )
    return levels


def _decode(file: Path) -> npt.NDArray[Any]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise LabelError(f"{file} cannot be opened: {error.strerror}") from error
    _check(file, data)
    # Unchanged, because a conversion to gray hides what the file holds; no orientation is applied.
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if stored is None:
        raise LabelError(f"{file} must be an image, but OpenCV cannot decode it; save it as PNG")
    return stored


def _check(file: Path, data: bytes) -> None:
    """Refuse what OpenCV would take gigabytes for, or crash on: it believes a damaged file."""
    try:
        frames = decode(data, printable(file)).frames
    except ImageError as error:
        cause = error.cause.removesuffix(HOW_TO_EXAMINE)  # of a mask nothing may be missing
        raise LabelError(f"{file} must be an image of 8 or 16 bits, but {cause}") from error
    if frames > 1:
        raise LabelError(f"{file} must hold one picture, but holds {frames}; save the mask alone")


def _check_alpha(file: Path, alpha: npt.NDArray[Any]) -> None:
    if alpha.size and alpha.min() != alpha.max():
        raise LabelError(
            f"{file} must be opaque, or equally transparent everywhere, but its alpha goes from "
            f"{alpha.min()} to {alpha.max()}; save the mask as a gray image without alpha"
        )


def _gray(file: Path, colors: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    spread = np.ptp(colors, axis=2)
    # Among levels this low a color would hide in what compression may do.
    allowed = _SPREAD if colors.max() >= _MID_GRAY.start else 0
    if spread.max() > allowed:
        y, x = np.unravel_index(int(spread.argmax()), spread.shape)
        blue, green, red = colors[y, x].tolist()
        raise LabelError(
            f"{file} must be gray, black authentic and white forged, but has colors, such as "
            f"red {red}, green {green}, blue {blue} at x {x}, y {y}; save it in black and white"
        )
    contiguous = np.ascontiguousarray(colors)
    return np.asarray(cv2.cvtColor(contiguous, cv2.COLOR_BGR2GRAY), np.uint8)


def _some(stored: npt.NDArray[Any]) -> str:
    values = [str(value) for value in np.unique(stored)]
    return ", ".join(values if len(values) <= 5 else [*values[:4], "…", values[-1]])
