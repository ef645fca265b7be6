"""What lies on a page, in the order in which it is painted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from pypdfium2 import raw

from forensics_rt.io.pdf.geometry import area_of, box_of, is_invertible, then
from forensics_rt.io.pdf.page_report import Matrix, PointBox

# A scan has a few things, a map may have a million; what comes after these is drawn, too.
MOST_THINGS = 10_000
# Forms in forms: PDFium itself stops earlier.
_MOST_LEVELS = 100
_KINDS = {
    raw.FPDF_PAGEOBJ_TEXT: "text",
    raw.FPDF_PAGEOBJ_PATH: "line",
    raw.FPDF_PAGEOBJ_IMAGE: "image",
    raw.FPDF_PAGEOBJ_SHADING: "shading",
}
_UNIT_SQUARE = (0.0, 0.0, 1.0, 1.0)
_UNITS_PER_INCH = 72.0


@dataclass(frozen=True)
class StoredImage:
    """How an image is stored, and how it stands on its page.

    Attributes:
        matrix: From the unit square, y upwards, to the page.
        container: From where PDFium keeps the matrix of the image itself to the page.
        width: Samples across; of its mask, where that is finer.
        height: Samples down, likewise.
        bits: Of one sample of all its channels.
        colors: PDFium's number of its color space.
        filters: What compresses it, without those that leave it as it was, such as ASCII85Decode.
        is_mask: Whether its samples are those of its mask, which is finer than its colors.
    """

    matrix: Matrix
    container: Matrix
    width: int
    height: int
    bits: int
    colors: int
    filters: tuple[str, ...]
    is_mask: bool = False

    @property
    def density(self) -> float:
        """Samples per inch, by the denser side, where a unit of the page is 1/72 inch."""
        a, b, c, d, _, _ = self.matrix
        across = self.width / max(math.hypot(a, b), 1e-6)
        down = self.height / max(math.hypot(c, d), 1e-6)
        return max(across, down) * _UNITS_PER_INCH


@dataclass(frozen=True)
class Thing:
    """One thing that is painted on a page.

    Attributes:
        handle: PDFium's.
        kind: `text`, `line` for lines and areas, `image`, `shading`.
        box: On the page, in its units, y upwards.
        paints: Whether it leaves anything at all: text laid there for searching, or to clip by,
            does not.
        image: How it is stored, of an image.
        place: Its own among all things of the page, in the order of painting.
        top: Place of what holds it among what lies on the page itself.
    """

    handle: Any
    kind: str
    box: PointBox
    paints: bool = True
    image: StoredImage | None = None
    place: int = 0
    top: int = 0


def things_of(page: Any) -> list[Thing]:
    """List what is painted on a page, also inside forms, first what is painted first.

    Args:
        page: A `pypdfium2.PdfPage`.

    Raises:
        ValueError: If an image of the page cannot be read.
        Exception: Whatever PDFium's wrapper raises on a damaged file.
    """
    found: list[Thing] = []
    top = -1
    for handle in page.get_objects(max_depth=_MOST_LEVELS):
        top += handle.level == 0
        kind = _KINDS.get(handle.type)
        if kind is None:  # what a form holds follows
            continue
        found.append(replace(_thing(handle, kind), place=len(found), top=top))
        if len(found) == MOST_THINGS:
            break
    return found


def _thing(handle: Any, kind: str) -> Thing:
    container = _container(handle)
    if kind == "image":
        image = _stored_image(handle, container)
        box = box_of(image.matrix, _UNIT_SQUARE)
        # One that is laid onto a line shows nothing that could be examined.
        flat = area_of(box) == 0 or not is_invertible(image.matrix)
        return Thing(handle, kind, box, not flat, None if flat else image)
    paints = True
    if kind == "text":
        mode = raw.FPDFTextObj_GetTextRenderMode(handle)
        paints = mode not in (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)
    return Thing(handle, kind, box_of(container, handle.get_bounds()), paints)


def _container(handle: Any) -> Matrix:
    matrix: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    holder = handle.container
    while holder is not None:
        matrix, holder = then(matrix, holder.get_matrix().get()), holder.container
    return matrix


def _stored_image(handle: Any, container: Matrix) -> StoredImage:
    facts = handle.get_metadata()
    matrix = then(handle.get_matrix().get(), container)
    width, height = handle.get_px_size()
    if not facts.bits_per_pixel or not width or not height:
        raise ValueError("an image of the page cannot be read")
    filters = tuple(handle.get_filters(skip_simple=True))
    return StoredImage(
        matrix, container, width, height, facts.bits_per_pixel, facts.colorspace, filters
    )


def stored_bytes(thing: Thing) -> int:
    """Return how many bytes an image has in its file."""
    return int(raw.FPDFImageObj_GetImageDataRaw(thing.handle, None, 0))
