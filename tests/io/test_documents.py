import io
import sys
from pathlib import Path, PurePath

import pytest
from PIL import Image

from forensics_rt.errors import ImageLocked, ImageTooLarge, ImageUnreadable
from forensics_rt.io import documents as documents_module
from forensics_rt.io.decode import decode
from forensics_rt.io.documents import Wanted, expand_documents
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.page_selection import PageSelection
from forensics_rt.io.pages import Page
from forensics_rt.io.sources import find_sources
from tests.io.images import encode, noise, tiff_of_pages
from tests.io.pdf.pdf_documents import as_portfolio, attach, blank, bytes_of, scanned


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def tiff(*shades):
    return tiff_of_pages(*(Image.new("L", (8, 8), shade) for shade in shades))


def expand(*names, pages=None, **wanted):
    selection = None if pages is None else PageSelection.parse(pages)
    return expand_documents(find_sources(names), Wanted(selection, **wanted))


def stems(expanded):
    return [source.stem.as_posix() for source in expanded.sources]


def test_pages_take_the_place_of_their_file_and_share_no_stem():
    Path("in").mkdir()
    Path("in/fax.tif").write_bytes(tiff(10, 200))
    Path("in/one.TIFF").write_bytes(tiff(10))
    Path("in/photo.jpg").touch()
    Path("fax").write_bytes(tiff(10, 200))

    expanded = expand("in", "fax", "fax-page2")

    fax = Path("in/fax.tif")
    assert [source.input for source in expanded.sources[:4]] == [
        Page(fax, 1),
        Page(fax, 2),
        Path("in/one.TIFF"),
        Path("in/photo.jpg"),
    ]
    assert stems(expanded) == [
        "fax.tif-page1",
        "fax.tif-page2",
        "one.TIFF",
        "photo.jpg",
        "fax-page1",
        "fax-page2",
        "fax-page2-2",
    ]
    assert [str(source.of_file) for source in expanded.sources[:3]] == [
        "fax.tif",
        "fax.tif",
        "one.TIFF",
    ]


class _Input:
    def __init__(self, data):
        self.buffer = io.BytesIO(data)


@pytest.mark.parametrize("kind", ["tif", "pdf"])
def test_every_page_of_standard_input_is_an_image(monkeypatch, kind):
    page = Image.fromarray(noise())
    data = tiff_of_pages(page, page) if kind == "tif" else bytes_of(scanned(page, page))
    monkeypatch.setattr(sys, "stdin", _Input(data))

    expanded = expand("-")

    assert stems(expanded) == ["stdin-page1", "stdin-page2"]
    assert [source.input for source in expanded.sources] == [
        Page(MemoryFile(data, "<stdin>"), number) for number in (1, 2)
    ]
    assert decode(expanded.sources[1].input).name == "<stdin>-page2"


def test_other_standard_input_is_one_image_and_nothing_of_it_an_error(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Input(encode("PNG")))
    first, second = expand("-", "-").sources
    assert (first.stem.name, second.stem.name) == ("stdin", "stdin-2")
    assert decode(first.input).name == "<stdin>"
    with pytest.raises(ImageUnreadable, match="<stdin>: the file is empty"):
        decode(second.input)


def test_standard_input_without_an_end_is_refused_and_not_read_on(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Input(bytes(64_000_100)))

    (source,) = expand("-", max_pixels=10).sources

    with pytest.raises(ImageTooLarge, match=r"<stdin>: gave more than 64\.0 MB without an end"):
        decode(source.input)


def test_the_pages_wanted_are_taken_and_one_that_is_missing_fails_alone():
    Path("fax.tif").write_bytes(tiff(1, 2, 3, 4))
    Path("photo.png").write_bytes(encode("PNG"))

    expanded = expand("fax.tif", "photo.png", pages="2-3,7")

    assert stems(expanded) == ["fax.tif-page2", "fax.tif-page3", "fax.tif-page7", "photo.png"]
    with pytest.raises(ImageUnreadable, match="no page 7; its pages are 1 to 4"):
        decode(expanded.sources[2].input)
    assert set(expanded.kept) >= {PurePath("fax.tif-page1"), PurePath("fax.tif-page4")}


@pytest.fixture
def mail():
    """A letter to which pages, an image without a suffix, a text and a letter are attached."""
    scan = Image.fromarray(noise())
    inner = attach(blank(20, 30), {"deep.png": encode("PNG")})
    files = {
        "contract.pdf": bytes_of(scanned(scan, scan)),
        "inner.pdf": bytes_of(inner),
        "notes.txt": b"hello",
        "photo": encode("PNG"),
    }
    Path("mail.pdf").write_bytes(bytes_of(attach(blank(200, 300), files)))
    return "mail.pdf"


def test_attachments_are_counted_and_said_once_where_nobody_asks_for_them(mail, caplog):
    Path("other.pdf").write_bytes(bytes_of(attach(blank(9, 9), {"a.png": encode("PNG")})))

    expanded = expand(mail, "other.pdf")

    assert stems(expanded) == ["mail.pdf", "other.pdf"] and expanded.attachments_left == 5
    (message,) = caplog.messages
    assert message == (
        "attachments not examined: 5 in 2 files, such as mail.pdf; "
        "examine them with `attachments=True`"
    )


def test_attached_images_and_pdfs_are_sources_of_their_own_and_other_kinds_are_said(mail, caplog):
    expanded = expand(mail, attachments=True)

    assert stems(expanded) == [
        "mail.pdf",
        "mail.pdf-attachment-contract.pdf-page1",
        "mail.pdf-attachment-contract.pdf-page2",
        "mail.pdf-attachment-inner.pdf",
        "mail.pdf-attachment-inner.pdf-attachment-deep.png",
        "mail.pdf-attachment-photo",
    ]
    assert expanded.passed_over == {"attached .txt": 1} and expanded.attachments_left == 1
    assert caplog.messages == ["passed over: 1 attached .txt"]
    assert decode(expanded.sources[4].input).pixels.shape == (40, 60, 3)


def test_attachments_of_attachments_are_followed_to_a_bounded_depth(caplog):
    data = encode("PNG")
    for depth in range(6):
        data = bytes_of(attach(blank(20, 30), {f"{depth}.pdf": data}))
    Path("nested.pdf").write_bytes(data)

    expanded = expand("nested.pdf", attachments=True)

    assert len(expanded.sources) == 1 + documents_module.MOST_DEPTH
    assert expanded.attachments_left == 1 and "nested too deeply" in caplog.messages[0]


def test_no_more_attachments_of_a_file_are_taken_than_a_bound(monkeypatch, caplog):
    monkeypatch.setattr(documents_module, "MOST_FILES", 2)
    files = {f"{number}.png": encode("PNG") for number in range(3)}
    Path("many.pdf").write_bytes(bytes_of(attach(blank(20, 30), files)))

    expanded = expand("many.pdf", attachments=True)

    assert len(expanded.sources) == 3 and expanded.attachments_left == 1
    assert any("or there are too many" in message for message in caplog.messages)


def test_of_a_portfolio_it_is_said_that_its_own_pages_are_a_cover(caplog):
    pdf = as_portfolio(attach(blank(20, 30), {"a.png": encode("PNG")}))
    Path("all.pdf").write_bytes(bytes_of(pdf))

    expand("all.pdf", attachments=True)

    assert caplog.messages == [
        "all.pdf: is a PDF portfolio: usually a cover sheet with documents attached"
    ]


def test_a_locked_pdf_is_listed_by_its_password(caplog):
    scan = Image.fromarray(noise())
    pdf = attach(scanned(scan, scan), {"a.png": encode("PNG")})
    Path("locked.pdf").write_bytes(bytes_of(pdf, "sesame"))

    assert len(expand("locked.pdf", attachments=True, password="sesame").sources) == 3
    assert not caplog.messages
    (source,) = expand("locked.pdf").sources
    assert not caplog.messages, "it is said once, by what fails"
    with pytest.raises(ImageLocked, match="needs a password"):
        decode(source.input)


def test_a_pdf_whose_attachments_cannot_be_listed_is_named(caplog):
    Path("cut.pdf").write_bytes(b"%PDF-1.7 and no more")
    assert stems(expand("cut.pdf")) == ["cut.pdf"]
    assert caplog.messages[0].startswith("cut.pdf: its attachments cannot be listed: the PDF is")
