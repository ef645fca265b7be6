"""What a page of a PDF shows: one image as it is stored there, or more, which must be drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from forensics_rt.io.medium import Medium, born_digital

# Of pages without a scan: as densely as documents are scanned.
_USUAL_DENSITY = 200.0
_DENSITIES = (72.0, 600.0)
_UNITS_PER_INCH = 72.0
# Of things on a page that are looked at; a scan has a few, a map may have a million.
_MOST_THINGS = 10_000
# How far a scan may stay inside the page's edge and still cover it.
_MARGIN = 0.02
_LINK, _POPUP = 2, 16
# EXIF's orientation by where columns and rows lead to: along x and y, y upwards.
_ORIENTATIONS = {
    (1, 0, 0, 1): 1, (-1, 0, 0, 1): 2, (-1, 0, 0, -1): 3, (1, 0, 0, -1): 4,
    (0, -1, -1, 0): 5, (0, -1, 1, 0): 6, (0, 1, 1, 0): 7, (0, 1, -1, 0): 8,
}  # fmt: skip

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class PdfLayout:
    """How to get a page's pixels.

    Attributes:
        size: Width and height in pixels.
        scan: PDFium's handle of the one image that the page shows; `None` for a page to be drawn.
        density: Of a page to be drawn, dots per inch.
        overlaid: Whether more than images lies over a scan: text, lines, annotations. Somebody put
            it there after the scan was made.
        orientation: 1–8 as EXIF has it: how the stored pixels stand on the page.
        medium: Of a page that shows no image; `None` for any other.
    """

    size: tuple[int, int]
    scan: Any | None
    density: float
    overlaid: bool = False
    orientation: int = 1
    medium: Medium | None = None

    @property
    def scale(self) -> float:
        """Pixels per unit of a page to be drawn."""
        return _scale(self.density)


@dataclass(frozen=True)
class _Image:
    """An image of a page.

    Attributes:
        handle: PDFium's.
        matrix: How the unit square comes to lie on the page.
        is_plain: Whether its stored pixels are what it shows: it is neither a stencil through which
            the page is painted, nor transparent.
    """

    handle: Any
    matrix: Matrix
    is_plain: bool

    @property
    def area(self) -> float:
        a, b, c, d, _, _ = self.matrix
        return abs(a * d - b * c)

    @property
    def density(self) -> float:
        a, b, _, _, _, _ = self.matrix
        width, _ = self.handle.get_px_size()
        return float(width * _UNITS_PER_INCH / max(math.hypot(a, b), 1e-6))


def layout_of(page: Any) -> PdfLayout:
    """Tell a page that shows one stored image from one that must be drawn.

    An image that covers the page hides what was drawn before it; text for searching, which is
    invisible, does not count. What is drawn keeps the density of the image that covers most of the
    page, where one covers half of it; otherwise 200 dots per inch are taken.

    Args:
        page: A `pypdfium2.PdfPage`.

    Raises:
        ValueError: If an image of the page cannot be read.
        Exception: Whatever PDFium's wrapper raises on a damaged file.
    """
    (shown, is_all), annotated = _shown(page), _is_annotated(page)
    images = [thing for thing in shown if thing is not None]
    if len(shown) == 1 and images and images[0].is_plain and not annotated:
        scan = images[0]
        stands = _orientation(scan.matrix, page.get_rotation())
        return PdfLayout(scan.handle.get_px_size(), scan.handle, scan.density, orientation=stands)
    lengths = page.get_width(), page.get_height()
    density, overlaid = _USUAL_DENSITY, False
    largest = max(images, key=lambda image: image.area, default=None)
    if largest is not None and largest.area * 2 >= lengths[0] * lengths[1]:
        density = min(max(largest.density, _DENSITIES[0]), _DENSITIES[1])
        overlaid = annotated or None in shown
    width, height = (math.ceil(length * _scale(density)) for length in lengths)
    # Annotations may hold images, too.
    is_drawn = is_all and not images and not annotated
    medium = born_digital("a PDF page without an image") if is_drawn else None
    return PdfLayout((width, height), None, density, overlaid, medium=medium)


def _scale(density: float) -> float:
    # A hair less: lengths are stored in float32, and must not round up to a pixel more.
    return density / _UNITS_PER_INCH * (1 - 1e-5)


def _shown(page: Any) -> tuple[list[_Image | None], bool]:
    """Return what can be seen on a page, `None` for what is no image, and whether that is all."""
    from pypdfium2 import raw

    shown: list[_Image | None] = []
    for number, thing in enumerate(page.get_objects()):
        if number == _MOST_THINGS:
            return [*shown, None], False
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
            image = _image(thing)
            if image.is_plain and _covers(image.matrix, page.get_bbox()):
                shown = []
            shown.append(image)
        elif thing.type == raw.FPDF_PAGEOBJ_TEXT:
            mode = raw.FPDFTextObj_GetTextRenderMode(thing)
            if mode != raw.FPDF_TEXTRENDERMODE_INVISIBLE:
                shown.append(None)
        elif thing.type != raw.FPDF_PAGEOBJ_FORM:  # what a form holds follows
            shown.append(None)
    return shown, True


def _is_annotated(page: Any) -> bool:
    """Tell whether anything lies on the page that is no link."""
    return any(kind not in (_LINK, _POPUP) for kind in _annotations(page))


def _annotations(page: Any) -> Iterator[int]:
    from pypdfium2 import raw

    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if annotation:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            raw.FPDFPage_CloseAnnot(annotation)
            yield kind


def _image(thing: Any) -> _Image:
    from pypdfium2 import raw

    pixels = thing.get_metadata()
    if not pixels.bits_per_pixel:
        raise ValueError("an image of the page cannot be read")
    is_stencil = pixels.colorspace == raw.FPDF_COLORSPACE_UNKNOWN and pixels.bits_per_pixel == 1
    is_plain = not is_stencil and not raw.FPDFPageObj_HasTransparency(thing)
    matrix, holder = thing.get_matrix(), thing.container
    while holder is not None:
        matrix, holder = matrix.multiply(holder.get_matrix()), holder.container
    a, b, c, d, e, f = matrix.get()
    return _Image(thing, (a, b, c, d, e, f), is_plain)


def _covers(matrix: Matrix, box: tuple[float, float, float, float]) -> bool:
    a, b, c, d, e, f = matrix
    upright, turned = max(abs(a), abs(d)), max(abs(b), abs(c))
    if min(upright, turned) > _MARGIN * max(upright, turned):
        return False  # it stands aslant
    left, bottom, right, top = box
    xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    along, across = _MARGIN * (right - left), _MARGIN * (top - bottom)
    return (
        min(xs) <= left + along
        and max(xs) >= right - along
        and min(ys) <= bottom + across
        and max(ys) >= top - across
    )


def _orientation(matrix: Matrix, clockwise: int) -> int:
    a, b, c, d, _, _ = matrix
    if abs(a) >= abs(b):
        columns, up = (_sign(a), 0), (0, _sign(d))
    else:
        columns, up = (0, _sign(b)), (_sign(c), 0)
    for _ in range(clockwise // 90):
        columns, up = (columns[1], -columns[0]), (up[1], -up[0])
    return _ORIENTATIONS[columns + up]


def _sign(number: float) -> int:
    return 1 if number >= 0 else -1
