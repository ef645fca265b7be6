"""Drawing a page, or some of the things on it, into the pixels of a grid."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2
from pypdfium2 import raw

from forensics_rt.io.pdf.geometry import box_of, inverse, then
from forensics_rt.io.pdf.grid import Grid, as_viewed, is_aligned
from forensics_rt.io.pdf.page_report import Matrix
from forensics_rt.io.pdf.things import StoredImage, Thing

# H×W×4 uint8: blue, green, red, alpha.
Drawing = npt.NDArray[np.uint8]
_WHITE, _NOTHING = (255, 255, 255, 255), (0, 0, 0, 0)
# By how much an image stays inside its pixels: PDFium draws into all pixels that it touches, and
# numbers in float32 must not touch one more.
_HAIR = 0.02
_UNIT_SQUARE = (0.0, 0.0, 1.0, 1.0)


def draw(page: Any, grid: Grid, on_white: bool = True) -> Drawing:
    """Draw what is active on a page.

    Args:
        page: A `pypdfium2.PdfPage`.
        grid: Into which pixels.
        on_white: Whether on white paper; else on nothing, and alpha tells what was painted.

    Returns:
        height × width × 4 uint8 BGRA, alpha not multiplied in.

    Raises:
        Exception: Whatever PDFium's wrapper raises.
    """
    size = grid.width, grid.height
    bitmap = pypdfium2.PdfBitmap.new_native(*size, raw.FPDFBitmap_BGRA)
    bitmap.fill_rect(_WHITE if on_white else _NOTHING, 0, 0, *size)
    _render(bitmap, page, grid, 0)
    return np.asarray(bitmap.to_numpy(), np.uint8)


def draw_rgb(page: Any, grid: Grid) -> npt.NDArray[np.uint8]:
    """Draw what is active on a page on white paper: height × width × 3 uint8 RGB.

    A third cheaper than `draw`, and no alpha tells what was painted.
    """
    pixels = np.full((grid.height, grid.width, 3), 255, np.uint8)
    address = pixels.ctypes.data_as(ctypes.c_void_p)
    bitmap = raw.FPDFBitmap_CreateEx(
        grid.width, grid.height, raw.FPDFBitmap_BGR, address, 3 * grid.width
    )
    if not bitmap:
        raise MemoryError
    try:
        _render(bitmap, page, grid, raw.FPDF_REVERSE_BYTE_ORDER)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    return pixels


def over_white(drawing: Drawing) -> Drawing:
    """Return a drawing on nothing as it looks on white paper."""
    alpha = drawing[:, :, 3:].astype(np.uint16)
    shown = drawing.copy()
    shown[:, :, :3] = (drawing[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255
    shown[:, :, 3] = 255
    return np.asarray(shown, np.uint8)


@contextmanager
def only(things: Sequence[Thing], shown: Sequence[Thing]) -> Iterator[None]:
    """Take things off the page while the block runs.

    Args:
        things: All that is on it.
        shown: Which of them stay.
    """
    stay = {thing.place for thing in shown}
    off = [thing for thing in things if thing.place not in stay]
    switch(off, False)
    try:
        yield
    finally:
        switch(off, True)


def switch(things: Sequence[Thing], on: bool) -> None:
    """Take things off their page, or put them back."""
    for thing in things:
        raw.FPDFPageObj_SetIsActive(thing.handle, on)


def snap(things: Sequence[Thing], grid: Grid) -> list[Thing]:
    """Lay each image whose samples are as large as the pixels exactly onto pixels.

    It moves by half a pixel at most, and each of its samples is then drawn as it is stored.

    Returns:
        The images that were laid so.
    """
    laid = []
    for thing in things:
        if thing.image is not None and is_aligned(thing.image, grid.from_page):
            _lay(thing, thing.image, grid)
            laid.append(thing)
    return laid


def _render(bitmap: Any, page: Any, grid: Grid, flags: int) -> None:
    # PDFium turns the page as a viewer does before it comes to the matrix, a pixel a unit.
    sides, turned = (page.get_width(), page.get_height()), page.get_rotation()
    along, up = sides[::-1] if turned % 180 else sides
    viewed = as_viewed(page.get_bbox(), turned, along, up)
    matrix = then(inverse(viewed), grid.from_page)
    clip = raw.FS_RECTF(0, 0, grid.width, grid.height)
    raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, raw.FS_MATRIX(*matrix), clip, flags)


def _lay(thing: Thing, image: StoredImage, grid: Grid) -> None:
    placed = then(image.matrix, grid.from_page)
    turned = abs(placed[0]) < abs(placed[1])
    width, height = (image.height, image.width) if turned else (image.width, image.height)
    left, top, _, _ = box_of(placed, _UNIT_SQUARE)
    x0, y0 = round(left) + _HAIR, round(top) + _HAIR
    x1, y1 = round(left) + width - _HAIR, round(top) + height - _HAIR
    a, b, c, d, _, _ = placed
    across, down = (c, b) if turned else (a, d)
    x0, x1 = (x0, x1) if across > 0 else (x1, x0)
    y0, y1 = (y0, y1) if down > 0 else (y1, y0)
    exact: Matrix = (x1 - x0, 0.0, 0.0, y1 - y0, x0, y0)
    if turned:
        exact = (0.0, y1 - y0, x1 - x0, 0.0, x0, y0)
    own = then(then(exact, grid.to_page), inverse(image.container))
    raw.FPDFPageObj_SetMatrix(thing.handle, raw.FS_MATRIX(*own))
