"""Pages drawn by poppler, a reader that shares no code with PDFium, in the pixels examined."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.pdf.geometry import then
from forensics_rt.io.pdf.grid import upright_grid

PDFTOPPM = shutil.which("pdftoppm")


def drawn_by_poppler(
    path: Path, of: DecodedImage, shown: tuple[float, float, float, float], turned: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Draw the first page of a file, and bring it into the pixels of an examined image.

    Returns:
        The drawing, and which of its pixels a viewer shows.
    """
    assert of.page_report is not None and PDFTOPPM is not None
    density = min(max(of.page_report.density), 600.0)
    command = [PDFTOPPM, "-r", f"{density:.3f}", "-cropbox", "-singlefile", str(path)]
    done = subprocess.run([*command, str(path.with_suffix(""))], capture_output=True, check=True)
    assert done.returncode == 0
    drawn = cv2.imread(str(path.with_suffix(".ppm")))[:, :, ::-1]
    upright = upright_grid(shown, turned, density)
    matrix = then(of.page_report.to_page, upright.from_page)
    scale = drawn.shape[1] / upright.width, drawn.shape[0] / upright.height
    a, b, c, d, e, f = then(matrix, (scale[0], 0, 0, scale[1], 0, 0))
    # OpenCV has pixels at whole numbers, here they lie between them.
    e, f = e + (a + c) / 2 - 0.5, f + (b + d) / 2 - 0.5
    height, width = of.pixels.shape[:2]
    affine = np.array([[a, c, e], [b, d, f]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(
        np.ascontiguousarray(drawn), affine, (width, height), flags=flags, borderValue=(255,) * 3
    )
    inside = cv2.warpAffine(
        np.ones(drawn.shape[:2], np.uint8), affine, (width, height), flags=flags
    )
    return np.asarray(warped), cv2.erode(inside, np.ones((9, 9), np.uint8), borderValue=1) > 0


def apart(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return by how many levels two images are apart: H×W uint8.

    Readers disagree by a pixel or two on where an edge lies, and by how it is smoothed. So each
    value is held against all those that the other image has within three pixels.
    """
    beyond = [_beyond(first, second), _beyond(second, first)]
    return np.asarray(np.maximum(*beyond).max(axis=2))


def _beyond(values: npt.NDArray[np.uint8], around: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    values = cv2.blur(values, (3, 3))
    near = np.ones((7, 7), np.uint8)
    above = cv2.subtract(values, cv2.dilate(around, near))
    return np.asarray(cv2.max(above, cv2.subtract(cv2.erode(around, near), values)))
