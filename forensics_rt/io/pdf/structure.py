"""What PDFium does not tell of a page: its units, how its images are coded, its layers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, TypeAlias

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.pdf.fax_coding import FaxCoding, fax_coding
from forensics_rt.io.pdf.layers import is_shown
from forensics_rt.io.pdf.qpdf import opened_by_qpdf
from forensics_rt.io.pdf.sample_size import row_bytes
from forensics_rt.io.pdf.streams import deflate_complaint
from forensics_rt.io.pdf.things import Thing, stored_bytes

_UNITS_PER_INCH = 72.0
_MOST_FORMS = 1_000
# Samples across and down, and bytes in the file: what both libraries tell of an image.
ImageKey: TypeAlias = tuple[int, int, int]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PageStructure:
    """What a page says of itself.

    Attributes:
        units_per_inch: 72, unless the page has larger units.
        masks: Samples across and down of the mask of each image that has one, by the number of its
            samples across and down and the number of its bytes.
        faxes: How the fax data of images is coded, by the same numbers.
        rows: How many bytes a row of samples of each image takes, where that is known.
        is_rebuilt: Whether the index of the file is damaged and was rebuilt: it may hold pages that
            nobody finds.
        complaint: What is wrong with the instructions that paint the page; `None` for nothing.
        annotations_off: Places of the annotations whose layer is off, from 0.
        may_hold_images: Whether there can be images where PDFium lists none: in patterns, in
            typefaces drawn by instructions, in groups of masks.
    """

    units_per_inch: float
    masks: dict[ImageKey, tuple[int, int]]
    faxes: dict[ImageKey, FaxCoding]
    rows: dict[ImageKey, int] = field(default_factory=dict)
    is_rebuilt: bool = False
    complaint: str | None = None
    annotations_off: frozenset[int] = frozenset()
    may_hold_images: bool = True

    def as_fine_as_masks(self, things: Sequence[Thing]) -> list[Thing]:
        """Count the samples of masks for those of their images, where masks are finer."""
        return [self._as_fine_as_mask(thing) for thing in things]

    def fax_of(self, thing: Thing) -> FaxCoding | None:
        """Return how the fax data of an image is coded; `None` for other data."""
        if thing.image is None or not self.faxes:
            return None
        return self.faxes.get(_key_of(thing))

    def row_bytes_of(self, thing: Thing) -> int | None:
        """Return how many bytes a row of the samples of an image takes, where that is known."""
        if thing.image is None or not self.rows:
            return None
        return self.rows.get(_key_of(thing))

    def _as_fine_as_mask(self, thing: Thing) -> Thing:
        image = thing.image
        if image is None or not self.masks:
            return thing
        mask = self.masks.get(_key_of(thing))
        if mask is None or mask[0] * mask[1] <= image.width * image.height:
            return thing
        return replace(thing, image=replace(image, width=mask[0], height=mask[1]))


def _key_of(thing: Thing) -> ImageKey:
    width, height = thing.handle.get_px_size()  # its own: a finer mask may count for the image
    return width, height, stored_bytes(thing)


def structure_of(
    stream: BinaryIO, number: int, name: str, password: str | None = None
) -> PageStructure:
    """Read a page's own dictionary. Where qpdf cannot, the page has no more than PDFium tells.

    Args:
        stream: The file; it stays open.
        number: Which page, from 1.
        name: What to call it in a warning.
        password: What opens it; `None` for no password.
    """
    try:
        stream.seek(0)
        with opened_by_qpdf(stream, name, password) as document:
            return _read(document, document.pages[number - 1])
    except ImageUnreadable as error:
        _log.warning("%s: qpdf cannot read page %d of this PDF: %s", name, number, error.cause)
        return PageStructure(_UNITS_PER_INCH, {}, {})


def _read(document: Any, page: Any) -> PageStructure:
    import pikepdf

    unit = float(page.obj.get("/UserUnit", 1))
    images, forms = _images_and_forms(page.resources)
    held = [page.resources, *(form.get("/Resources", {}) for form in forms)]
    masks, faxes, rows = {}, {}, {}
    for image in images:
        mask = image.get("/SMask", image.get("/Mask"))
        if isinstance(mask, pikepdf.Stream):
            masks[_key(image)] = (int(mask.Width), int(mask.Height))
        row = row_bytes(image)
        if row is not None:
            rows[_quick_key(document, image)] = row
        if _first(image.get("/Filter")) == "/CCITTFaxDecode":
            faxes[_key(image)] = fax_coding(_first(image.get("/DecodeParms", {})))
    painting = [*_contents(page.obj), *forms]
    deflated = (part.read_raw_bytes() for part in painting if _is_deflated(part))
    return PageStructure(
        _UNITS_PER_INCH / unit if unit > 0 else _UNITS_PER_INCH,
        masks,
        faxes,
        rows,
        any("file is damaged" in str(warning) for warning in document.get_warnings()),
        next(filter(None, map(deflate_complaint, deflated)), None),
        _annotations_off(document, page.obj),
        any(map(_may_hold_images, held)),
    )


def _annotations_off(document: Any, page: Any) -> frozenset[int]:
    import pikepdf

    annotations = page.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return frozenset()
    return frozenset(
        place
        for place, annotation in enumerate(annotations)
        if isinstance(annotation, pikepdf.Dictionary)
        and "/OC" in annotation
        and not is_shown(document, annotation.OC)
    )


def _key(image: Any) -> ImageKey:
    return int(image.Width), int(image.Height), len(image.read_raw_bytes())


def _quick_key(document: Any, image: Any) -> ImageKey:
    """Return the same, without reading the bytes where the file says how many there are."""
    if document.is_encrypted or "/Length" not in image:
        return _key(image)
    return int(image.Width), int(image.Height), int(image.Length)


def _contents(page: Any) -> list[Any]:
    import pikepdf

    contents = page.get("/Contents", [])
    return [contents] if isinstance(contents, pikepdf.Stream) else list(contents)


def _is_deflated(stream: Any) -> bool:
    return bool(_first(stream.get("/Filter")) == "/FlateDecode")


def _first(value: Any) -> Any:
    """Return the first of several filters or parameters, or the only one."""
    import pikepdf

    return next(iter(value), None) if isinstance(value, pikepdf.Array) else value


def _may_hold_images(resources: Any) -> bool:
    fonts = dict(resources.get("/Font", {})).values()
    states = dict(resources.get("/ExtGState", {})).values()
    return (
        any(map(_is_painted, dict(resources.get("/Pattern", {})).values()))
        or any(font.get("/Subtype") == "/Type3" for font in fonts)
        or any(state.get("/SMask", "/None") != "/None" for state in states)
    )


def _is_painted(pattern: Any) -> bool:
    """Tell a pattern of painted tiles, which may hold images, from a shading."""
    return bool(pattern.get("/PatternType", 1) == 1)


def _images_and_forms(resources: Any) -> tuple[list[Any], list[Any]]:
    """Return the images that a page may show, and the forms that it may paint."""
    images: list[Any] = []
    forms: list[Any] = []
    to_do: list[Any] = [resources]
    seen: set[tuple[int, int]] = set()
    while to_do and len(seen) < _MOST_FORMS:
        for thing in dict(to_do.pop().get("/XObject", {})).values():
            if thing.objgen in seen:
                continue
            seen.add(thing.objgen)
            kind = thing.get("/Subtype")
            if kind == "/Image":
                images.append(thing)
            elif kind == "/Form":
                forms.append(thing)
                to_do.append(thing.get("/Resources", {}))
    return images, forms
