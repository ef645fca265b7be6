"""Images and PDFs: their pixels, pages, attachments, headers, and what reports say of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from forensics_rt.io.decode import decode
from forensics_rt.io.header import read_header
from forensics_rt.io.jpeg_scan import decodes_row_by_row, jpeg_depth
from forensics_rt.io.pages import pages_of
from forensics_rt.io.pdf.attachments import attachments_of
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.report.facts.file import file_facts
from forensics_rt.report.facts.jpeg import exif_block, jpeg_facts
from tests.fuzz.target import Reader, Target
from tests.io.hostile.bombs import pdf, stream
from tests.io.hostile.corpus import whole_files
from tests.jpegs import KINDS, jpeg, picture

_OPTIONS = ReadOptions(max_pixels=2_000_000, damaged="examine")
_WITH_COEFFICIENTS = ReadOptions(max_pixels=2_000_000, dct_limit=20)
_MOST_PAGES = 3
_PDF_WORDS = (
    *(b"/Type", b"/Page", b"/Pages", b"/Kids", b"/Count", b"/Parent", b"/Resources", b"/XObject"),
    *(b"/MediaBox", b"/CropBox", b"/Rotate", b"/UserUnit", b"/Contents", b"/Filter", b"/DCTDecode"),
    *(b"/FlateDecode", b"/Length", b"/Subtype", b"/Image", b"/Form", b"/Matrix", b"/BBox"),
    *(b"/ColorSpace", b"/Indexed", b"/ICCBased", b"/Decode", b"/SMask", b"/Mask", b"/ImageMask"),
    *(b"/Names", b"/EmbeddedFiles", b"/AF", b"/EF", b"/UF", b"/Annots", b"/FileAttachment"),
    *(b"/AcroForm", b"/Fields", b"/FT", b"/Sig", b"/V", b"/ByteRange", b"/OCProperties", b"/OCGs"),
    *(b"/Info", b"/Producer", b"/CreationDate", b"/ID", b"/Font", b"/DescendantFonts", b"/Encrypt"),
    *(b" 0 R", b" obj", b"endobj", b"stream\n", b"endstream", b"startxref", b"trailer", b"%%EOF"),
    *(b"xref", b" cm ", b" Do ", b"BI ", b" ID ", b" EI", b"q ", b" Q ", b"<<", b">>", b"[", b"]"),
)
_JPEG_WORDS = (
    *(bytes((0xFF, marker)) for marker in (*range(0xC0, 0xCC), *range(0xD8, 0xEF), 0xFE)),
    *(b"Exif\0\0", b"II*\0", b"MM\0*", b"ICC_PROFILE\0", b"MPF\0", b"JFIF\0", b"Adobe", b"c2pa"),
)
_IMAGE_WORDS = (
    *_JPEG_WORDS,
    *(b"IHDR", b"IDAT", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"acTL", b"pHYs", b"IEND", b"GIF89a"),
    *(b"RIFF", b"WEBPVP8X", b"BM", b"P6 ", b"jp2h", b"ihdr", b"colr", b"II+\0\x08\0\0\0"),
)


def _small(kind: str, mode: str = "RGB", **options: object) -> bytes:
    pixels = Image.fromarray(picture(24, 40)).convert(mode)
    out = io.BytesIO()
    pixels.save(out, kind, **options)
    return out.getvalue()


def _images() -> Iterator[bytes]:
    yield from (data for suffix, data in whole_files() if suffix != "pdf")
    yield from _jpegs()
    text = PngImagePlugin.PngInfo()
    text.add_text("Software", "a program")
    yield _small("PNG", "P", pnginfo=text, dpi=(200, 200))
    for coding in ("raw", "tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg"):
        yield _small("TIFF", compression=coding)
    for coding in ("group3", "group4", "tiff_ccitt"):
        yield _small("TIFF", "1", compression=coding)
    more = [Image.fromarray(picture(16, 24, seed)) for seed in (1, 2)]
    yield _small("TIFF", save_all=True, append_images=more)
    yield _small("GIF", "P", save_all=True, append_images=more)
    yield _small("TIFF", "LA")


def _jpegs() -> Iterator[bytes]:
    for options in KINDS.values():
        yield jpeg(picture(24, 40), **options)
    yield _small("JPEG", "CMYK")
    exif = Image.Exif()
    exif[0x0131], exif[0x0112], exif[0x011A] = "a program", 6, 300.0
    exif.get_ifd(0x8769)[0x9003] = "2026:01:01 00:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    yield _small("JPEG", exif=exif, comment=b"a comment", dpi=(300, 300))


def _pdfs() -> Iterator[bytes]:
    yield from (data for suffix, data in whole_files() if suffix == "pdf")
    image = jpeg(picture(24, 40))
    told = b"/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8/Width 40/Height 24"
    yield pdf(
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a.jpg) 6 0 R]>>>>"
        b"/AcroForm<</Fields[<</FT/Sig/T(s)/V<</Type/Sig/ByteRange[0 9 20 9]/M(D:2026)>>>>]>>"
        b"/OCProperties<</OCGs[]/D<<>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 80 48]/Rotate 90/Contents 4 0 R"
        b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>>]"
        b"/Resources<</XObject<</I 5 0 R>>/Font<</F<</Type/Font/BaseFont/Helvetica>>>>>>>>",
        stream(b"", b"q 80 0 0 48 0 0 cm /I Do Q 1 0 0 rg 5 5 20 9 re f"),
        stream(told + b"/Filter/DCTDecode", image),
        b"<</Type/Filespec/F(a.jpg)/UF(a.jpg)/EF<</F 7 0 R>>>>",
        stream(b"/Type/EmbeddedFile", image),
    )


def _open_image(folder: Path) -> Reader:
    file = folder / "page"

    def read(data: bytes) -> None:
        if data[:1024].lstrip().startswith(b"%PDF"):
            return
        for page in pages_of(data)[:_MOST_PAGES]:
            decode(page, options=_OPTIONS)
        file.write_bytes(data)
        read_header(file)

    return read


def _open_pdf(folder: Path) -> Reader:
    def read(data: bytes) -> None:
        data = data if data.startswith(b"%PDF") else b"%PDF-1.7\n" + data
        for attachment in attachments_of(data)[:_MOST_PAGES]:
            attachment.load(None)
        for page in pages_of(data)[:_MOST_PAGES]:
            decode(page, options=_OPTIONS)

    return read


def _open_facts(folder: Path) -> Reader:
    def read(data: bytes) -> None:
        file_facts(data)

    return read


def _open_jpeg(folder: Path) -> Reader:
    def read(data: bytes) -> None:
        data = data if data.startswith(b"\xff\xd8\xff") else b"\xff\xd8\xff" + data
        jpeg_facts(data).quality  # noqa: B018
        exif_block(data)
        jpeg_depth(data)
        decodes_row_by_row(data)

    return read


def _open_coefficients(folder: Path) -> Reader:
    def read(data: bytes) -> None:
        decoded = decode(data, options=_WITH_COEFFICIENTS)
        found = decoded.coefficients
        if found is None or np.abs(found.dct).max() > 20 or found.quantization.shape != (8, 8):
            raise TypeError("no coefficients within the limit")

    return read


def _open_damaged(folder: Path) -> Reader:
    def read(data: bytes) -> None:
        pixels = decode(data, options=_OPTIONS).pixels
        if pixels.dtype != np.uint8 or pixels.ndim != 3:
            raise TypeError(f"decoded to {pixels.dtype} of shape {pixels.shape}")

    return read


IMAGES = (
    Target("image", _open_image, _images, _IMAGE_WORDS),
    Target("pdf", _open_pdf, _pdfs, _PDF_WORDS),
    Target("jpeg-file", _open_damaged, _jpegs, _JPEG_WORDS),
    Target("coefficients", _open_coefficients, _jpegs, _JPEG_WORDS),
    Target("jpeg-segments", _open_jpeg, _jpegs, _JPEG_WORDS, refuses=False),
    Target("facts-of-images", _open_facts, _images, _IMAGE_WORDS, refuses=False),
    Target("facts-of-pdfs", _open_facts, _pdfs, _PDF_WORDS, refuses=False),
)
