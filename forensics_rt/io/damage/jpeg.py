"""What libjpeg says of a JPEG, which most programs that use it do not pass on."""

from __future__ import annotations

import re
from mmap import mmap

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg

# Markers that begin a frame and hold its precision (ITU-T T.81, table B.1).
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}
_END, _START_OF_SCAN = 0xD9, 0xDA
# Frames without loss. In data compressed with loss these bytes cannot follow each other.
_LOSSLESS = re.compile(rb"\xff[\xc3\xc7\xcb\xcf]")
_EIGHTH = 8
# Sound files in ways that TurboJPEG does not take, and libjpeg does.
_NOT_TAKEN = ("Could not determine", "Unsupported", "Invalid colorspace")


def jpeg_complaint(data: bytes | mmap) -> str | None:
    """Say what libjpeg-turbo complains of while it decodes a JPEG, or why it does not decode it.

    All of its compressed data is read, but at an eighth of its size, which takes about a third of
    the time that decoding it takes.

    Args:
        data: A JPEG, as a file (in memory or mapped into it), or as the stream of an image in a
            PDF or TIFF.

    Returns:
        What it says; `None` where it has no complaint.

    Example:
        >>> jpeg_complaint(b"")
        'it is empty'
    """
    if len(data) == 0:
        return "it is empty"
    depth = jpeg_depth(data)
    if depth not in (None, 8):
        return f"JPEG of {depth} bits a sample"
    said = ""
    for colors in ("GRAY", "CMYK", "RGB"):  # not every one is to be had of every other
        try:
            decode_small(data, colors)
            return None
        except ValueError as error:
            said = str(error)
        if not any(reason in said for reason in _NOT_TAKEN):
            return said
    return None


def decode_small(data: bytes | mmap, colors: str) -> npt.NDArray[np.uint8]:
    """Decode a JPEG at an eighth of its size: a pixel for the mean of each block of 8×8.

    It reads all of the JPEG, and takes a third of the time.

    Args:
        data: The file.
        colors: `RGB`, `GRAY` or `CMYK`.

    Returns:
        H×W×channels uint8, sides rounded up.

    Raises:
        ValueError: What libjpeg says of a damaged JPEG.
    """
    if _LOSSLESS.search(data) is None:
        small = simplejpeg.decode_jpeg(data, colors, min_height=1, min_width=1, strict=True)
        return np.asarray(small, np.uint8)
    # There libjpeg-turbo writes pixels of full size into memory for an eighth of them.
    gray = simplejpeg.decode_jpeg_header(data)[2] == "Gray"  # no color is to be had of that
    whole = np.asarray(simplejpeg.decode_jpeg(data, "GRAY" if gray else colors, strict=True))
    if gray and colors == "RGB":
        whole = np.repeat(whole, 3, axis=2)
    height, width = (-(-side // _EIGHTH) for side in whole.shape[:2])
    small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small.reshape(height, width, -1), np.uint8)


def decode_jpeg(data: bytes) -> tuple[npt.NDArray[np.uint8], str | None] | None:
    """Decode a JPEG of gray or color to the pixels that libjpeg gives, with what it complains of.

    Args:
        data: The file.

    Returns:
        H×W×3 uint8 RGB, and the complaint or `None`; `None` in place of both where this way of
        decoding does not take the file, or can make nothing of it.

    Example:
        >>> decode_jpeg(b"nothing") is None
        True
    """
    try:
        return simplejpeg.decode_jpeg(data, "RGB", strict=True), None
    except ValueError as error:
        said = str(error)
    try:
        return simplejpeg.decode_jpeg(data, "RGB", strict=False), said
    except ValueError:
        return None


def jpeg_depth(data: bytes | mmap) -> int | None:
    """Return how many bits a sample of a JPEG has, of which most decoders read only 8.

    Returns:
        `None` where no frame begins before the pixels.

    Example:
        >>> jpeg_depth(b"nothing") is None
        True
    """
    place = 2
    while place + 4 < len(data) and data[place] == 0xFF:
        kind = data[place + 1]
        if kind in _FRAMES:
            return data[place + 4]
        if kind in (_END, _START_OF_SCAN):
            return None
        if kind == 0xFF:
            place += 1
        elif kind in _ALONE:
            place += 2
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None
