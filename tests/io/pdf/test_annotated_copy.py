"""Marks of an annotated copy are around the region in every viewer, however the page is shown."""

import hashlib
import io
import shutil
import subprocess

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from forensics_rt.errors import ImageUnreadable, OutputError
from forensics_rt.io.file_source import PdfFile
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pdf.annotated_copy import ExaminedPdf, PageMark, write_annotated_pdf
from forensics_rt.io.pdf.geometry import page_box
from tests.io.pdf.pdf_documents import attach, blank, bytes_of

# Left, bottom, right, top of a black field on a page of 200 × 300.
FIELD = (60.0, 90.0, 110.0, 120.0)


def with_field(rotate=0, crop=(), pages=1):
    pdf = blank(200, 300, rotate, crop)
    left, bottom, right, top = FIELD
    drawn = f"0 g {left} {bottom} {right - left} {top - bottom} re f"
    pdf.pages[0].obj.Contents = pdf.make_stream(drawn.encode())
    for _ in range(pages - 1):
        pdf.pages.append(pdf.pages[0])
    return pdf


def annotate(data, path, marks, password=None, sha256=None, pages=1):
    document = PdfFile(MemoryFile(data, "contract.pdf"), password)
    examined = ExaminedPdf(sha256 or hashlib.sha256(data).hexdigest(), pages)
    write_annotated_pdf(document, examined, marks, path)
    return path.read_bytes()


def by_pdfium(data, page, password, folder):
    with pypdfium2.PdfDocument(data, password=password) as document:
        return document[page - 1].render(scale=2).to_pil().convert("RGB")


def by_poppler(data, page, password, folder):
    if shutil.which("pdftoppm") is None:
        pytest.skip("needs poppler")
    (folder / "shown.pdf").write_bytes(data)
    words = ["-r", "144", "-png", "-cropbox", "-f", str(page), "-l", str(page), "-singlefile"]
    lock = [] if password is None else ["-upw", password]
    command = ["pdftoppm", *words, *lock, "shown.pdf", "shown"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return Image.open(folder / "shown.png").convert("RGB")


def extent(found):
    """Left, top, right, bottom of the pixels that are found."""
    rows, columns = np.nonzero(found)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])


@pytest.mark.parametrize("show", [by_pdfium, by_poppler])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [(), (40, 50, 190, 280)])
def test_viewers_show_a_red_square_right_around_the_region(tmp_path, show, rotate, crop):
    data = bytes_of(with_field(rotate, crop))

    copy = annotate(data, tmp_path / "copy.pdf", [PageMark(1, FIELD, "region 1 of 1")])

    pixels = np.asarray(show(copy, 1, None, tmp_path)).astype(int)
    black = extent(pixels.max(axis=2) < 64)
    red = extent((pixels[..., 0] > 150) & (pixels[..., 1] < 100))
    outside = (black - red) * [1, 1, -1, -1]
    assert (outside >= 1).all() and (outside <= 3).all(), "a line of 0.6 points at 144 dpi"
    before = np.asarray(show(data, 1, None, tmp_path)).astype(int)
    assert np.array_equal(extent(before.max(axis=2) < 64), black), "the region itself stays visible"


def test_a_page_that_inherits_its_size_is_marked(tmp_path):
    pdf = with_field()
    pdf.Root.Pages.MediaBox = pdf.pages[0].obj.MediaBox
    del pdf.pages[0].obj["/MediaBox"]

    copy = annotate(bytes_of(pdf), tmp_path / "copy.pdf", [PageMark(1, FIELD, "a region")])

    with pikepdf.open(io.BytesIO(copy)) as opened:
        assert float(opened.pages[0].obj.Annots[0].BS.W) == pytest.approx(0.6)


def test_what_was_in_the_file_stays_and_the_note_says_what_was_found(tmp_path):
    pdf = attach(with_field(pages=2), {"notes.txt": b"hello"})
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    # One array for both pages, as some programs write it.
    shared = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(link)]))
    pdf.pages[0].obj.Annots = pdf.pages[1].obj.Annots = shared
    data = bytes_of(pdf)

    marks = [PageMark(2, FIELD, "mean probability 0.90"), PageMark(2, (1, 2, 3, 4), "another")]
    copy = annotate(data, tmp_path / "copy.pdf", marks, pages=2)

    with pikepdf.open(io.BytesIO(copy)) as opened, pikepdf.open(io.BytesIO(data)) as before:
        assert opened.check_pdf_syntax() == []
        first, second = opened.pages
        assert [str(one.Subtype) for one in first.obj.Annots] == ["/Link"]
        kept, square, _ = second.obj.Annots
        assert kept.Subtype == "/Link" and square.Subtype == "/Square"
        assert str(square.Contents) == "mean probability 0.90" and square.P == second.obj
        assert square.is_indirect and square.F == 4, "it is printed, too"
        assert opened.attachments["notes.txt"].get_file().read_bytes() == b"hello"
        there = before.pages[0].obj.Contents.read_raw_bytes()
        assert first.obj.Contents.read_raw_bytes() == there


@pytest.mark.parametrize("show", [by_pdfium, by_poppler])
def test_a_locked_pdf_stays_locked_by_the_same_password(tmp_path, show):
    data = bytes_of(with_field(), "sesame")

    copy = annotate(data, tmp_path / "copy.pdf", [PageMark(1, FIELD, "")], "sesame")

    pixels = np.asarray(show(copy, 1, "sesame", tmp_path)).astype(int)
    assert ((pixels[..., 0] > 150) & (pixels[..., 1] < 100)).any()
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(copy))
    for password, cause in {None: "needs a password", "other": "does not open the PDF"}.items():
        with pytest.raises(ImageUnreadable, match=cause):
            annotate(data, tmp_path / "no.pdf", [], password)
    assert not (tmp_path / "no.pdf").exists()


def test_another_file_than_was_examined_is_refused(tmp_path):
    with pytest.raises(ImageUnreadable, match=r"contract\.pdf: the PDF has changed since"):
        annotate(bytes_of(with_field()), tmp_path / "copy.pdf", [], sha256="0" * 64)


def test_a_file_in_which_qpdf_finds_other_pages_than_pdfium_is_refused(tmp_path):
    with pytest.raises(ImageUnreadable, match="2 pages were examined, but a copy would have 1"):
        annotate(bytes_of(with_field()), tmp_path / "copy.pdf", [PageMark(2, FIELD, "")], pages=2)


def test_a_damaged_file_and_a_folder_that_takes_none_are_errors_of_the_tree(tmp_path):
    with pytest.raises(ImageUnreadable, match="truncated or damaged"):
        annotate(b"%PDF-1.7 and no more", tmp_path / "copy.pdf", [])
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        annotate(bytes_of(with_field()), tmp_path / "file" / "copy.pdf", [])
    assert [path.name for path in tmp_path.iterdir()] == ["file"], "nothing half-written is left"


@pytest.mark.parametrize(
    ("to_page", "expected"),
    [
        ((0.5, 0, 0, -0.5, 0, 100), (5, 80, 20, 95)),
        ((0, 0.5, 0.5, 0, 10, 20), (15, 25, 30, 40)),  # columns lead upwards
        ((-2, 0, 0, 2, 100, 0), (20, 20, 80, 80)),  # upside down
    ],
)
def test_a_box_of_pixels_is_brought_to_the_page(to_page, expected):
    assert page_box((10, 10, 30, 30), to_page) == expected
