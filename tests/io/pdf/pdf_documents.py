"""PDF files of several pages, locked ones and portfolios, made with pikepdf."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image


def scanned(*pages: Image.Image) -> Pdf:
    """A PDF whose pages each show one image, a point a pixel."""
    file = io.BytesIO()
    first, *others = (page.copy() for page in pages)  # saving leaves its settings in an image
    first.save(file, "PDF", save_all=True, append_images=others, quality=95)
    return Pdf.open(file)


def blank(width: float, height: float, rotate: int = 0, crop: Sequence[float] = ()) -> Pdf:
    """A PDF with a white page, which may be turned and cropped."""
    pdf = Pdf.new()
    pdf.add_blank_page(page_size=(width, height))
    if rotate:
        pdf.pages[0].obj.Rotate = rotate
    if crop:
        pdf.pages[0].obj.CropBox = Array(crop)
    return pdf


def attach(pdf: Pdf, files: Mapping[str, bytes]) -> Pdf:
    """Put files into the list of attachments."""
    for name, data in files.items():
        pdf.attachments[name] = data
    return pdf


def pin(pdf: Pdf, name: str, data: bytes) -> Pdf:
    """Pin a file to the first page, as an annotation."""
    stream = pdf.make_stream(data, Type=Name.EmbeddedFile)
    file = Dictionary(Type=Name.Filespec, F=name, UF=name, EF=Dictionary(F=stream))
    pin = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=file)
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(pin)])
    return pdf


def as_portfolio(pdf: Pdf) -> Pdf:
    pdf.Root.Collection = Dictionary(Type=Name.Collection, View=Name.D)
    return pdf


def bytes_of(pdf: Pdf, password: str | None = None) -> bytes:
    """Save it; with a password, locked by it."""
    file = io.BytesIO()
    lock = None if password is None else pikepdf.Encryption(owner="owner", user=password, R=6)
    pdf.save(file, encryption=lock)
    return file.getvalue()
