"""What a PDF says of itself: producer, dates, saves, signatures, fonts and images."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics_rt.errors import ForensicsError
from forensics_rt.report.facts.fact import Fact, shortened
from forensics_rt.report.facts.pdf_contents import PageContents, entries, items
from forensics_rt.report.facts.pdf_revisions import Revisions, revisions_of

if TYPE_CHECKING:
    from pikepdf import Pdf

_INFO = ("Producer", "Creator", "Author", "Title", "Subject", "Keywords", "CreationDate", "ModDate")
_XMP = (
    ("pdf:Producer", "Producer (XMP)"),
    ("xmp:CreatorTool", "Creator (XMP)"),
    ("xmp:CreateDate", "CreationDate (XMP)"),
    ("xmp:ModifyDate", "ModDate (XMP)"),
)
_MOST_PAGES, _MOST_FONTS, _MOST_FIELDS = 500, 40, 1_000
_ACTIVE = (("/OpenAction", "an action on opening"), ("/AA", "additional actions"))


@dataclass(frozen=True)
class Signature:
    """A digital signature field that is signed; whether it is valid is not checked.

    Attributes:
        name: Who signed, as the field says.
        date: When, as the field says.
        covers_all: Whether its range of bytes reaches the end of the file: nothing was added after.
    """

    name: str
    date: str
    covers_all: bool


@dataclass(frozen=True)
class PdfFacts:
    """What a PDF says of itself.

    Attributes:
        version: Of the format.
        pages: How many there are.
        info: Producer, creator, title and dates, as the file says.
        revisions: How it was saved.
        signatures: The signatures in it.
        fonts: Name of each font, and whether it is embedded.
        images: How many images there are, by coding.
        layers: How many layers (optional content groups).
        annotations: How many there are, by kind.
        active: Scripts, actions and attached files that it holds.
        locked: Whether it is encrypted.
        same_id: Whether both halves of its ID are equal, as after the first save; `None` without.
        damaged: Why it cannot be read whole; `None` where it can.
    """

    revisions: Revisions
    version: str = ""
    pages: int = 0
    info: tuple[Fact, ...] = ()
    signatures: tuple[Signature, ...] = ()
    fonts: tuple[tuple[str, bool], ...] = ()
    images: tuple[tuple[str, int], ...] = ()
    layers: int = 0
    annotations: tuple[tuple[str, int], ...] = ()
    active: tuple[str, ...] = ()
    locked: bool = False
    same_id: bool | None = None
    damaged: str | None = None


def pdf_facts(data: bytes, password: str | None = None) -> PdfFacts:
    """Read the facts of a PDF; of a damaged one, those of its bytes.

    Args:
        data: The file.
        password: What opens it; `None` for no password.
    """
    from forensics_rt.io.pdf.qpdf import opened_by_qpdf  # most images are no PDF

    revisions = revisions_of(data)
    try:
        with opened_by_qpdf(io.BytesIO(data), "the PDF", password) as pdf:
            return _read(pdf, revisions, len(data))
    except ForensicsError as error:
        return PdfFacts(revisions, damaged=str(error))


def _read(pdf: Pdf, revisions: Revisions, size: int) -> PdfFacts:
    found = PageContents()
    for page in list(pdf.pages)[:_MOST_PAGES]:
        found.take_page(page.obj)
    root = pdf.Root
    halves = [bytes(half) for half in items(pdf.trailer.get("/ID"))]
    return PdfFacts(
        revisions=revisions,
        version=pdf.pdf_version,
        pages=len(pdf.pages),
        info=tuple(_info(pdf)),
        signatures=tuple(_signatures(root, size)),
        fonts=tuple(sorted(found.fonts.items())[:_MOST_FONTS]),
        images=tuple(found.images.most_common()),
        layers=len(items(entries(root.get("/OCProperties")).get("/OCGs"))),
        annotations=tuple(found.annotations.most_common()),
        active=tuple(_active(root)),
        locked=pdf.is_encrypted,
        same_id=halves[0] == halves[1] if len(halves) == 2 else None,
    )


def _info(pdf: Pdf) -> Iterator[Fact]:
    for name in _INFO:
        value = pdf.docinfo.get(f"/{name}")
        if value is not None:
            yield Fact(name, shortened(str(value)))
    try:
        with pdf.open_metadata(update_docinfo=False, set_pikepdf_as_editor=False) as xmp:
            for key, label in _XMP:
                if xmp.get(key):
                    yield Fact(label, shortened(str(xmp[key])))
    except Exception as error:  # a damaged XMP is no contract of pikepdf's
        yield Fact("XMP", f"cannot be read: {type(error).__name__}")


def _signatures(root: Any, size: int) -> Iterator[Signature]:
    fields = items(entries(root.get("/AcroForm")).get("/Fields"))
    for _ in range(_MOST_FIELDS):
        if not fields:
            return
        field = entries(fields.pop(0))
        fields += items(field.get("/Kids"))
        signed = entries(field.get("/V"))
        if field.get("/FT") != "/Sig" or not signed:
            continue
        covered = [int(one) for one in items(signed.get("/ByteRange"))]
        yield Signature(
            name=shortened(str(signed.get("/Name", "not named"))),
            date=shortened(str(signed.get("/M", "not dated"))),
            covers_all=len(covered) == 4 and covered[2] + covered[3] >= size - 2,
        )


def _active(root: Any) -> Iterator[str]:
    for key, called in _ACTIVE:
        if key in root:
            yield called
    names = entries(root.get("/Names"))
    if "/JavaScript" in names:
        yield "JavaScript"
    if "/EmbeddedFiles" in names:
        yield "attached files"
    if "/XFA" in entries(root.get("/AcroForm")):
        yield "an XFA form"
