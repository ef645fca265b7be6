"""Annotations and form fields: laid onto the page as things like all others."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pypdfium2
from pypdfium2 import raw

from forensics_rt.io.pdf.geometry import area_of, common, then
from forensics_rt.io.pdf.page_report import Matrix, PointBox
from forensics_rt.io.pdf.things import Thing

_log = logging.getLogger(__name__)
# By PDFium's number, in the words of ISO 32000, table 171.
_KINDS = {
    1: "note", 2: "link", 3: "free text", 4: "line annotation", 5: "square", 6: "circle",
    7: "polygon", 8: "polyline", 9: "highlight", 10: "underline", 11: "squiggly", 12: "strike out",
    13: "stamp", 14: "caret", 15: "ink", 17: "file attachment", 20: "form field", 28: "redaction",
}  # fmt: skip
_LINK, _POPUP = 2, 16
_OF_NO_KIND, _INVISIBLE, _HIDDEN, _PRINT, _NO_ROTATE, _NO_VIEW = 0, 1, 2, 4, 16, 32


class _Annotation(NamedTuple):
    place: int
    handle: Any
    kind: int
    flags: int
    box: PointBox
    has_appearance: bool


def flatten(
    document: Any, number: int, off: Collection[int] = ()
) -> tuple[Any, int, list[tuple[str, PointBox]], list[tuple[str, PointBox]]]:
    """Open a page, with its annotations and form fields painted on it.

    Args:
        document: A `pypdfium2.PdfDocument` with its forms started.
        number: Which page, from 1.
        off: Places of those whose layer is off, from 0.

    Returns:
        The page; how many things lay on it itself before the annotations came; and kind and box of
        each annotation that can show anything; and what keeps others off the screen, and their
        boxes.

    Raises:
        Exception: Whatever PDFium's wrapper raises on a damaged file.
    """
    page = document[number - 1]
    of_the_page = raw.FPDFPage_CountObjects(page)
    hidden = _hide_as_viewers_do(page, off)
    # Most links show nothing: a page of a hundred is not to be painted anew for them.
    annotations = [
        (_KINDS.get(one.kind, "annotation"), one.box)
        for one in _annotations(page)
        if one.kind != _POPUP and (one.kind != _LINK or one.has_appearance)
    ]
    if annotations:
        _give_appearances(page)
        upright = _upright(page)
        # Not the wrapper's method, which wants a form, and most annotated files have none.
        if raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_FAIL:
            raise ValueError("the annotations of the page cannot be drawn")
        page.close()
        page = document[number - 1]
        if upright:
            _turn_back(page, of_the_page, upright)
    return page, of_the_page, annotations, hidden


def name_annotations(
    things: Sequence[Thing], of_the_page: int, annotations: Sequence[tuple[str, PointBox]]
) -> list[Thing]:
    """Call what annotations brought onto the page by their kinds."""
    return [
        replace(thing, kind=_kind_at(thing.box, annotations)) if thing.top >= of_the_page else thing
        for thing in things
    ]


def _hide_as_viewers_do(page: Any, off: Collection[int]) -> list[tuple[str, PointBox]]:
    """Set the flags of annotations so that flattening leaves out what viewers do not show.

    It leaves out what has the flag `Invisible`, which is for kinds that a viewer does not know, and
    takes what has `NoView`, or belongs to a layer that is off.

    Returns:
        Why some are not shown that a printer or a click may show, and where they lie.
    """
    found = []
    for one in _annotations(page):
        wanted = one.flags if one.kind == _OF_NO_KIND else one.flags & ~_INVISIBLE
        if not one.flags & _HIDDEN:
            if one.place in off:
                found.append(("layer off", one.box))
            elif one.flags & _NO_VIEW and one.flags & _PRINT:
                found.append(("only in print", one.box))
        if wanted & _NO_VIEW or one.place in off:
            wanted |= _HIDDEN
        if wanted != one.flags:
            raw.FPDFAnnot_SetFlags(one.handle, wanted)
    return found


def _upright(page: Any) -> list[Matrix | None]:
    """Return what keeps upright those that do not turn with their page, of all that are painted.

    They turn about their upper left corner (ISO 32000-2, 12.5.3), which flattening does not do.

    Returns:
        Nothing where none does.
    """
    turned = page.get_rotation()
    if not turned:
        return []
    cosine, sine = {90: (0.0, 1.0), 180: (-1.0, 0.0), 270: (0.0, -1.0)}[turned]
    found: list[Matrix | None] = []
    for one in _annotations(page):
        if one.kind != _POPUP and one.has_appearance and not one.flags & _HIDDEN:
            left, _, _, top = one.box
            about = (cosine, sine, -sine, cosine, left, top)
            stays = one.flags & _NO_ROTATE
            found.append(then((1, 0, 0, 1, -left, -top), about) if stays else None)
    return found if any(found) else []


def _turn_back(page: Any, of_the_page: int, upright: Sequence[Matrix | None]) -> None:
    # Flattening lays one form onto the page, and in it one for each annotation.
    form = raw.FPDFPage_GetObject(page, of_the_page)
    if not form or raw.FPDFFormObj_CountObjects(form) != len(upright):
        _log.warning("annotations that do not turn with their page are shown as if they did")
        return
    for place, matrix in enumerate(upright):
        if matrix is not None:
            raw.FPDFPageObj_Transform(raw.FPDFFormObj_GetObject(form, place), *matrix)


def _give_appearances(page: Any) -> None:
    """Have PDFium make up how annotations look that do not say so: it does when it draws them."""
    aside = raw.FS_MATRIX(1.0, 0.0, 0.0, 1.0, 1e6, 1e6)  # nothing else is drawn there
    bitmap = pypdfium2.PdfBitmap.new_native(1, 1, raw.FPDFBitmap_BGRA)
    clip = raw.FS_RECTF(0, 0, 1, 1)
    raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, aside, clip, raw.FPDF_ANNOT)


def _kind_at(box: PointBox, annotations: Sequence[tuple[str, PointBox]]) -> str:
    best = max(annotations, key=lambda found: area_of(common(found[1], box)), default=None)
    return "annotation" if best is None else best[0]


def _annotations(page: Any) -> Iterator[_Annotation]:
    """Yield the annotations of a page, each open until the next is asked for."""
    for place in range(raw.FPDFPage_GetAnnotCount(page)):
        handle = raw.FPDFPage_GetAnnot(page, place)
        if not handle:
            continue
        rect = raw.FS_RECTF()
        raw.FPDFAnnot_GetRect(handle, ctypes.byref(rect))
        low, high = sorted((rect.bottom, rect.top))
        kind, flags = raw.FPDFAnnot_GetSubtype(handle), raw.FPDFAnnot_GetFlags(handle)
        box = (rect.left, low, rect.right, high)
        yield _Annotation(place, handle, kind, flags, box, raw.FPDFAnnot_HasKey(handle, b"AP"))
        raw.FPDFPage_CloseAnnot(handle)
