"""What PDFium does not tell of a page: its units, how its images are coded, its layers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, TypeAlias

import pikepdf

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.damage.zlib import zlib_complaint
from forensics_rt.io.pdf.image_facts import ImageFacts, first_of, image_facts
from forensics_rt.io.pdf.layers import is_shown
from forensics_rt.io.pdf.qpdf import opened_by_qpdf
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
        images: What its images say of themselves.
        is_rebuilt: Whether the index of the file is damaged and was rebuilt: it may hold pages that
            nobody finds.
        complaint: What is wrong with the instructions that paint the page; `None` for nothing.
        annotations_off: Places of the annotations whose layer is off, from 0.
        may_hold_images: Whether there can be images where PDFium lists none: in patterns, in
            typefaces drawn by instructions, in groups of masks.
    """

    units_per_inch: float
    images: Mapping[ImageKey, ImageFacts] = field(default_factory=dict)
    is_rebuilt: bool = False
    complaint: str | None = None
    annotations_off: frozenset[int] = frozenset()
    may_hold_images: bool = True

    def facts_of(self, image: Thing) -> ImageFacts:
        """Return what an image says of itself, as far as that is known."""
        # Its own samples: a finer mask may count for the image.
        key = (*image.handle.get_px_size(), stored_bytes(image))
        return self.images.get(key, ImageFacts())

    def as_fine_as_mask(self, thing: Thing) -> Thing:
        """Count the samples of an image's mask for its own, where the mask is finer."""
        image = thing.image
        mask = None if image is None else self.facts_of(thing).mask
        if image is None or mask is None or mask[0] * mask[1] <= image.width * image.height:
            return thing
        fine = replace(image, width=mask[0], height=mask[1], is_mask=True)
        return replace(thing, image=fine)


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
        return PageStructure(_UNITS_PER_INCH)


def _read(document: Any, page: Any) -> PageStructure:
    unit = float(page.obj.get("/UserUnit", 1))
    images, forms = _images_and_forms(page.resources)
    held = [page.resources, *(form.get("/Resources", {}) for form in forms)]
    facts: dict[ImageKey, ImageFacts] = {}
    for image in images:
        found = image_facts(image)
        key = _key(document, image, found)
        alike = facts.get(key, ImageFacts())  # the same file may hold one with and without a mask
        facts[key] = ImageFacts(
            found.mask or alike.mask, found.fax or alike.fax, found.row_bytes or alike.row_bytes
        )
    painting = [*_contents(page.obj), *forms]
    deflated = (part for part in painting if first_of(part.get("/Filter")) == "/FlateDecode")
    complaints = (zlib_complaint(part.read_raw_bytes()) for part in deflated)
    return PageStructure(
        _UNITS_PER_INCH / unit if unit > 0 else _UNITS_PER_INCH,
        facts,
        any("file is damaged" in str(warning) for warning in document.get_warnings()),
        next(filter(None, complaints), None),
        _annotations_off(document, page.obj),
        any(map(_may_hold_images, held)),
    )


def _annotations_off(document: Any, page: Any) -> frozenset[int]:
    held = page.get("/Annots")
    annotations = held if isinstance(held, pikepdf.Array) else ()
    return frozenset(
        place
        for place, one in enumerate(annotations)
        if isinstance(one, pikepdf.Dictionary) and not is_shown(document, one.get("/OC"))
    )


def _key(document: Any, image: Any, facts: ImageFacts) -> ImageKey:
    # Most bytes need not be read: the file says how many there are.
    said = not (document.is_encrypted or facts.mask or facts.fax) and "/Length" in image
    length = int(image.Length) if said else len(image.read_raw_bytes())
    return int(image.Width), int(image.Height), length


def _contents(page: Any) -> list[Any]:
    contents = page.get("/Contents", [])
    return [contents] if isinstance(contents, pikepdf.Stream) else list(contents)


def _may_hold_images(resources: Any) -> bool:
    fonts = dict(resources.get("/Font", {})).values()
    patterns = dict(resources.get("/Pattern", {})).values()
    states = dict(resources.get("/ExtGState", {})).values()
    return (
        # Painted tiles may hold images, shadings do not.
        any(pattern.get("/PatternType", 1) == 1 for pattern in patterns)
        or any(font.get("/Subtype") == "/Type3" for font in fonts)
        or any(state.get("/SMask", "/None") != "/None" for state in states)
    )


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
