"""Annotations and form fields: laid onto the page as things like all others."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

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
    from pypdfium2 import raw

    page = document[number - 1]
    of_the_page = raw.FPDFPage_CountObjects(page)
    hidden = _hide_as_viewers_do(page, off)
    upright: list[Matrix | None] = []
    annotations = list(_annotations(page))
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
    from pypdfium2 import raw

    found = []
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        flags = wanted = raw.FPDFAnnot_GetFlags(annotation)
        if raw.FPDFAnnot_GetSubtype(annotation) != _OF_NO_KIND:
            wanted &= ~_INVISIBLE
        if index in off and not flags & _HIDDEN:
            found.append(("layer off", _box(annotation)))
        elif flags & _NO_VIEW and flags & _PRINT and not flags & _HIDDEN:
            found.append(("only in print", _box(annotation)))
        if wanted & _NO_VIEW or index in off:
            wanted |= _HIDDEN
        if wanted != flags:
            raw.FPDFAnnot_SetFlags(annotation, wanted)
        raw.FPDFPage_CloseAnnot(annotation)
    return found


def _upright(page: Any) -> list[Matrix | None]:
    """Return what keeps upright those that do not turn with their page, of all that are painted.

    They turn about their upper left corner (ISO 32000-2, 12.5.3), which flattening does not do.

    Returns:
        Nothing where none does.
    """
    from pypdfium2 import raw

    turned = page.get_rotation()
    found: list[Matrix | None] = []
    for index in range(raw.FPDFPage_GetAnnotCount(page) if turned else 0):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        flags, kind = raw.FPDFAnnot_GetFlags(annotation), raw.FPDFAnnot_GetSubtype(annotation)
        left, _, _, top = _box(annotation)
        painted = raw.FPDFAnnot_HasKey(annotation, b"AP") and not flags & _HIDDEN
        raw.FPDFPage_CloseAnnot(annotation)
        if kind != _POPUP and painted:
            cosine, sine = {90: (0.0, 1.0), 180: (-1.0, 0.0), 270: (0.0, -1.0)}[turned]
            about = (cosine, sine, -sine, cosine, left, top)
            found.append(then((1, 0, 0, 1, -left, -top), about) if flags & _NO_ROTATE else None)
    return found if any(found) else []


def _turn_back(page: Any, of_the_page: int, upright: Sequence[Matrix | None]) -> None:
    from pypdfium2 import raw

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
    import pypdfium2
    from pypdfium2 import raw

    aside = raw.FS_MATRIX(1.0, 0.0, 0.0, 1.0, 1e6, 1e6)  # nothing else is drawn there
    bitmap = pypdfium2.PdfBitmap.new_native(1, 1, raw.FPDFBitmap_BGRA)
    clip = raw.FS_RECTF(0, 0, 1, 1)
    raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, aside, clip, raw.FPDF_ANNOT)


def _kind_at(box: PointBox, annotations: Sequence[tuple[str, PointBox]]) -> str:
    best = max(annotations, key=lambda found: area_of(common(found[1], box)), default=None)
    return "annotation" if best is None else best[0]


def _annotations(page: Any) -> Iterator[tuple[str, PointBox]]:
    from pypdfium2 import raw

    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        kind, box = raw.FPDFAnnot_GetSubtype(annotation), _box(annotation)
        # Most links show nothing: a page of a hundred is not to be painted anew for them.
        shows = kind != _LINK or raw.FPDFAnnot_HasKey(annotation, b"AP")
        raw.FPDFPage_CloseAnnot(annotation)
        if kind != _POPUP and shows:
            yield _KINDS.get(kind, "annotation"), box


def _box(annotation: Any) -> PointBox:
    from pypdfium2 import raw

    rect = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, ctypes.byref(rect))
    low, high = sorted((rect.bottom, rect.top))
    return rect.left, low, rect.right, high
