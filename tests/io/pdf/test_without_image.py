"""Which pages of PDFs can carry no traces: those on which no image can be seen."""

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from forensics_rt.io.decode import decode
from forensics_rt.io.medium.kinds import born_digital
from tests.io.images import noise
from tests.io.pdf.pdf_files import FORM, FULL, HIDDEN_WORDS, WORDS, jpeg, with_jpeg, with_samples

NEVER_SCANNED = Path(__file__).parents[2] / "data" / "pdf" / "pdf-never-scanned.pdf"
SCAN = jpeg(Image.fromarray(noise(150, 200)))
A_LINK = b"/Annots[<</Subtype/Link/Rect[0 0 9 9]>>]"


@pytest.mark.parametrize("page", [b"", A_LINK], ids=["nothing else", "a link"])
@pytest.mark.parametrize("content", [WORDS, HIDDEN_WORDS, b"20 20 30 10 re f\n", b""])
def test_a_page_of_text_and_lines_carries_no_traces(content, page):
    found = decode(with_jpeg(content, SCAN, page))

    assert found.medium == born_digital("a PDF page without an image")


def test_a_real_file_carries_none():
    assert decode(NEVER_SCANNED).medium == born_digital("a PDF page without an image")


@pytest.mark.parametrize("holder", ["pattern", "typeface"])
def test_an_image_that_is_painted_as_a_pattern_or_a_letter_is_no_way_out(holder):
    medium = decode(_painted_through(holder)).medium
    assert medium is None or medium.no_traces is None


def test_an_image_inside_a_stamp_counts():
    document = pikepdf.open(io.BytesIO(with_jpeg(WORDS, SCAN)))
    page = document.pages[0]
    drawn = pikepdf.Stream(document, b"q 60 0 0 45 0 0 cm /I Do Q")
    drawn.Subtype, drawn.BBox = pikepdf.Name.Form, pikepdf.Array([0, 0, 60, 45])
    drawn.Resources = page.Resources
    stamp = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, F=4,
        Rect=pikepdf.Array([20, 20, 80, 65]), AP=pikepdf.Dictionary(N=drawn),
    )  # fmt: skip
    page.Annots = pikepdf.Array([document.make_indirect(stamp)])
    out = io.BytesIO()
    document.save(out)

    found = decode(out.getvalue())
    assert found.medium is None or found.medium.no_traces is None
    assert found.conversions[0].startswith("composed at 240 dots per inch of the image")


def _painted_through(holder: str) -> bytes:
    """A page on which PDFium lists no image, and a viewer shows one."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(120, 90))
    inline = b"q 120 0 0 90 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G ID \0\xff\xff\0 EI Q"
    if holder == "pattern":
        tile = pikepdf.Stream(document, inline)
        tile.PatternType, tile.PaintType, tile.TilingType = 1, 1, 1
        tile.BBox, tile.XStep, tile.YStep = pikepdf.Array([0, 0, 120, 90]), 120, 90
        tile.Resources = pikepdf.Dictionary()
        page.Resources = pikepdf.Dictionary(Pattern=pikepdf.Dictionary(P=tile))
        content = b"/Pattern cs /P scn 0 0 120 90 re f"
    else:
        letter = pikepdf.Stream(document, b"120 0 d0 " + inline)
        page.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(
                F=pikepdf.Dictionary(
                    Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type3,
                    FontBBox=pikepdf.Array([0, 0, 120, 90]),
                    FontMatrix=pikepdf.Array([1, 0, 0, 1, 0, 0]),
                    CharProcs=pikepdf.Dictionary(a=letter),
                    Encoding=pikepdf.Dictionary(Differences=pikepdf.Array([97, pikepdf.Name.a])),
                    FirstChar=97, LastChar=97, Widths=pikepdf.Array([120]),
                )
            )
        )  # fmt: skip
        content = b"BT /F 1 Tf (a) Tj ET"
    page.Contents = pikepdf.Stream(document, content)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(with_jpeg(FULL, SCAN), id="a scan"),
        pytest.param(with_jpeg(WORDS + FORM + WORDS, SCAN), id="an image inside a form"),
        pytest.param(with_samples(FULL, b"\xaa" * 8, (8, 8), b"stencil", 1), id="a stencil"),
        pytest.param(with_jpeg(b"1 1 m 2 2 l S\n" * 10_001, SCAN), id="more than is looked at"),
    ],
)
def test_any_other_page_may_carry_some(data):
    medium = decode(data).medium

    assert medium is None or medium.no_traces is None
