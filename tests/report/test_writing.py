"""Whole reports, as HTML and PDF: hostile text, other scripts, the same bytes again."""

import io
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pikepdf
import pytest
from PIL import Image

from forensics_rt import Detector
from forensics_rt.errors import ImageUnreadable, OptionalDependency, OutputError, ReportError
from forensics_rt.io.pages import pages_of
from forensics_rt.report import ReportOptions, report_bytes, write_report
from forensics_rt.report.collect import MOST_IMAGES
from forensics_rt.report.render.glyphs import Glyphs
from forensics_rt.results.failure import Failure
from tests.io.pdf.pdf_documents import bytes_of, scanned

ON = ReportOptions(date="2026-11-30")
HOSTILE = "<script>alert(1)</script>'\"&{{7*7}}${7}#panic()$x$*b*\\u{41}\u202e\x07"
KINDS = ("html", "pdf")


class Page(HTMLParser):
    """The elements of an HTML report, and its text."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(data.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def jpeg_of(page: np.ndarray, software: str = "GIMP") -> bytes:
    exif = Image.Exif()
    exif[0x0131] = software
    stream = io.BytesIO()
    Image.fromarray(page).save(stream, "JPEG", quality=90, exif=exif, comment=software)
    return stream.getvalue()


def text_of(pdf: bytes) -> str:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.pages
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.fixture
def examined(detector, page):
    data = jpeg_of(page)
    return [(detector(data, "scan.jpg"), data)]


def test_html_shows_what_was_found(detector, examined):
    shown = Page(report_bytes(examined, detector, "html", ON))

    assert "2026-11-30 00:00 UTC" in shown.text and detector.bundle.id in shown.text
    assert examined[0][0].provenance.image_sha256 in shown.text
    assert "GIMP" in shown.text and "4:2:0" in shown.text and "No verdict" in shown.text
    for heading in ("How to read this report", "What this report does not prove", "Regions"):
        assert heading in shown.text


def test_html_is_accessible_and_loads_nothing(detector, examined):
    data = report_bytes(examined, detector, "html", ON)
    shown = Page(data)

    assert shown.all("html") == [{"lang": "en"}]
    assert len(shown.all("h1")) == 1 and shown.all("main")
    levels = [int(tag[1]) for tag, _ in shown.tags if re.fullmatch("h[1-6]", tag)]
    assert all(below - above <= 1 for above, below in pairwise(levels))
    assert all(image["alt"] for image in shown.all("img"))
    assert len(shown.all("caption")) == len(shown.all("table"))
    sources = [image["src"] for image in shown.all("img")]
    assert sources and all(source.startswith("data:image/") for source in sources)
    assert not re.search(rb"(?:src|href)=[\"'](?!data:|#)", data)
    assert b"default-src 'none'" in data


@pytest.mark.parametrize("where", ["name", "file", "title", "failure"])
def test_hostile_text_stays_text_in_html(detector, page, where):
    data = jpeg_of(page, HOSTILE if where == "file" else "GIMP")
    name = HOSTILE if where == "name" else "scan.jpg"
    failed = Failure(HOSTILE, ImageUnreadable(HOSTILE, HOSTILE)) if where == "failure" else None
    options = ReportOptions(title=HOSTILE if where == "title" else None, date="2026-11-30")
    examined = [(detector(data, name), data), *([(failed, None)] if failed else [])]

    written = report_bytes(examined, detector, "html", options)
    shown = Page(written)

    assert "<script>alert(1)</script>'\"&{{7*7}}${7}#panic()" in shown.text
    assert not shown.all("script") and "\u202e" not in written.decode() and b"\x07" not in written


@pytest.mark.parametrize("where", ["name", "file", "title", "failure"])
def test_hostile_text_stays_text_in_pdf(detector, page, where):
    data = jpeg_of(page, HOSTILE if where == "file" else "GIMP")
    name = HOSTILE if where == "name" else "scan.jpg"
    failed = Failure(HOSTILE, ImageUnreadable(HOSTILE, HOSTILE)) if where == "failure" else None
    options = ReportOptions(title=HOSTILE if where == "title" else None, date="2026-11-30")
    examined = [(detector(data, name), data), *([(failed, None)] if failed else [])]

    text = re.sub(
        r"[\s\u200b\ufffe\x02]", "", text_of(report_bytes(examined, detector, "pdf", options))
    )

    # Of names, what would turn the text around is escaped before.
    turned = "\\u202e" if where == "name" else "\\u{202e}"
    assert f"<script>alert(1)</script>'\"&{{{{7*7}}}}${{7}}#panic()$x$*b*\\u{{41}}{turned}" in text


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_input_gives_the_same_bytes(detector, examined, kind):
    first = report_bytes(examined, detector, kind, ON)

    assert report_bytes(examined, detector, kind, ON) == first
    assert report_bytes(examined, detector, kind, ReportOptions(date="2026-12-01")) != first


@pytest.mark.parametrize("kind", KINDS)
def test_other_scripts_are_shown_and_unknown_characters_are_numbers(detector, page, kind):
    data = jpeg_of(page)
    names = ["支付凭证.png", "العقد.jpg", "a\U0010fffdb.jpg"]
    examined = [(detector(data, name), data) for name in names]

    written = report_bytes(examined, detector, kind, ON)
    text = Page(written).text if kind == "html" else text_of(written)

    assert "\\u{10fffd}" in text
    if kind == "html":
        assert names[0] in text and names[1] in text


def test_characters_that_no_font_has_are_written_as_their_numbers_and_no_others(
    detector, page, caplog
):
    data = jpeg_of(page)
    name = "Ω é \U00010a60 Ж \U0001e900.jpg"

    written = text_of(report_bytes([(detector(data, name), data)], detector, "pdf", ON))

    shown = "".join(written.split())
    assert "Ωé" in shown and "Ж" in shown
    assert "\U00010a60" in shown or "\\u{10a60}" in shown


def test_a_search_for_missing_glyphs_finds_each_and_no_other():
    class Compiler:
        def compile(self, source, *, sys_inputs, **rest):
            if not LACKING.isdisjoint(json.loads(sys_inputs["characters"])):
                raise Lacking

    class Lacking(Exception):
        pass

    LACKING = {"中", "Ж"}
    typst = SimpleNamespace(TypstError=Lacking, Compiler=lambda **rest: Compiler())
    letters = [chr(code) for code in range(0x400, 0x500)] + ["中", "文"]

    glyphs = Glyphs(typst, None, None)

    assert glyphs.only_shown({"a": ["中文", "".join(letters)]})["a"][0] == "\\u{4e2d}文"
    assert glyphs.missing == LACKING


def test_a_pdf_is_for_archives_and_screen_readers_with_its_fonts_inside(detector, examined):
    data = report_bytes(examined, detector, "pdf", ON)

    with pikepdf.open(io.BytesIO(data)) as pdf:
        with pdf.open_metadata() as said:
            assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("2", "A")
            assert said["pdfuaid:part"] == "1"
        assert pdf.Root.MarkInfo.Marked and str(pdf.Root.Lang) == "en"
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20261130000000")
        described = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary)]
        fonts = [one for one in described if one.get("/Type") == "/FontDescriptor"]
        assert fonts and all(keys_of(one) & {"/FontFile2", "/FontFile3"} for one in fonts)
        width, height = (float(side) for side in pdf.pages[0].mediabox[2:])
        assert (round(width), round(height)) == (595, 842)


def keys_of(found: pikepdf.Dictionary) -> set[str]:
    return set(found.keys())


def test_qpdf_has_no_complaint(detector, examined, tmp_path):
    path = write_report(tmp_path / "case.pdf", examined, detector, ON)
    with pikepdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []


def test_facts_of_a_pdf_stand_with_its_first_page(bundle, page):
    picture = Image.fromarray(page)
    data = bytes_of(scanned(picture, picture, picture))
    with Detector(bundle, backend="numpy") as detector:
        results = [(one, None) for one in detector.stream(pages_of(data))]
        shown = Page(report_bytes(results, detector, "html", ON))

    assert shown.text.count("The PDF file") == len(["heading", "caption"])
    assert shown.text.count("see image 1 of this report") == 2
    assert "1 %%EOF" in shown.text and "DCTDecode" in shown.text


def test_a_file_that_changed_since_is_told(detector, page, tmp_path):
    path = tmp_path / "scan.jpg"
    path.write_bytes(jpeg_of(page))
    found = detector(path)
    path.write_bytes(jpeg_of(page, "Other"))

    shown = Page(report_bytes([(found, path)], detector, "html", ON))

    assert "has changed since it was examined" in shown.text and "Other" not in shown.text


def test_an_array_has_no_facts_of_a_file(detector, page):
    shown = Page(report_bytes([(detector(page), None)], detector, "html", ON))

    assert "the image was given as pixels" in shown.text


def test_images_that_failed_are_listed_with_the_reason(detector, examined):
    failed = Failure("bad.jpg", ImageUnreadable("bad.jpg", "the file is empty"))

    shown = Page(report_bytes([(failed, None), *examined], detector, "html", ON))

    assert "Without a result" in shown.text and "the file is empty" in shown.text
    assert "Image 2: " in shown.text


def test_a_report_of_nothing_is_a_report(detector):
    assert "images and pages" in Page(report_bytes([], detector, "html", ON)).text
    assert report_bytes([], detector, "pdf", ON).startswith(b"%PDF")


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_images_are_refused_with_a_way_out(detector, kind):
    failed = Failure("a.jpg", ImageUnreadable("a.jpg", "the file is empty"))

    with pytest.raises(ReportError, match="several runs"):
        report_bytes(((failed, None) for _ in range(MOST_IMAGES[kind] + 1)), detector, kind, ON)


def test_the_suffix_says_which_format(detector, examined, tmp_path):
    assert (
        write_report(tmp_path / "a.HTML", examined, detector, ON).read_bytes()[:9] == b"<!DOCTYPE"
    )
    with pytest.raises(ReportError, match=r"\.pdf or \.html"):
        write_report(tmp_path / "a.docx", examined, detector, ON)
    with pytest.raises(ReportError, match="'pdf' or 'html'"):
        report_bytes(examined, detector, "docx", ON)


def test_a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing(
    detector, examined, tmp_path
):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError):
        write_report(tmp_path / "file" / "case.html", examined, detector, ON)


def test_a_missing_package_is_an_error_before_the_work(detector, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)

    def none_is_examined():
        raise AssertionError
        yield

    with pytest.raises(OptionalDependency, match=r"forensics_rt\[report\]"):
        report_bytes(none_is_examined(), detector, "pdf", ON)
