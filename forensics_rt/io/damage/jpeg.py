"""What libjpeg says of a JPEG, which most programs that use it do not pass on."""

from __future__ import annotations

import re
from mmap import mmap

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg

from forensics_rt.io.jpeg_scan import jpeg_depth

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


def jpeg_header(data: bytes | mmap, *, strict: bool = True) -> tuple[int, int, str]:
    """Return height, width and colors of a JPEG, in the words of simplejpeg, such as `YCbCr`.

    Args:
        data: The file.
        strict: Whether a header with a fault is refused.

    Raises:
        ValueError: What libjpeg says of a header that it does not read.
    """
    try:
        height, width, colors, _ = simplejpeg.decode_jpeg_header(data, strict=strict)
    except KeyError as error:  # the package looks up a subsampling that it does not know
        raise ValueError("its header ends before the size, or has a subsampling of its own") from (
            error
        )
    return height, width, colors


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
    gray = jpeg_header(data)[2] == "Gray"  # no color is to be had of that
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
    """
    try:
        return simplejpeg.decode_jpeg(data, "RGB", strict=True), None
    except ValueError as error:
        said = str(error)
    try:
        return simplejpeg.decode_jpeg(data, "RGB", strict=False), said
    except ValueError:
        return None
