"""Which pages of PDFs can carry no traces: those on which no image can be seen."""

from pathlib import Path

import pytest
from PIL import Image

from forensics_rt.io.decode import decode
from forensics_rt.io.medium import born_digital
from tests.io.images import noise
from tests.io.pdf_files import FORM, FULL, HIDDEN_WORDS, WORDS, jpeg, with_jpeg, with_samples

NEVER_SCANNED = Path(__file__).parents[1] / "data" / "pdf-never-scanned.pdf"
SCAN = jpeg(Image.fromarray(noise(150, 200)))
A_STAMP = b"/Annots[<</Subtype/Stamp/Rect[0 0 60 60]>>]"
A_LINK = b"/Annots[<</Subtype/Link/Rect[0 0 9 9]>>]"


@pytest.mark.parametrize("page", [b"", A_LINK], ids=["nothing else", "a link"])
@pytest.mark.parametrize("content", [WORDS, HIDDEN_WORDS, b"20 20 30 10 re f\n", b""])
def test_a_page_of_text_and_lines_carries_no_traces(content, page):
    found = decode(with_jpeg(content, SCAN, page))

    assert found.medium == born_digital("a PDF page without an image")


def test_a_real_file_carries_none():
    assert decode(NEVER_SCANNED).medium == born_digital("a PDF page without an image")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(with_jpeg(FULL, SCAN), id="a scan"),
        pytest.param(with_jpeg(WORDS + FORM + WORDS, SCAN), id="an image inside a form"),
        pytest.param(with_jpeg(WORDS, SCAN, A_STAMP), id="a stamp, which may hold an image"),
        pytest.param(with_samples(FULL, b"\xaa" * 8, (8, 8), b"stencil", 1), id="a stencil"),
        pytest.param(with_jpeg(b"1 1 m 2 2 l S\n" * 10_001, SCAN), id="more than is looked at"),
    ],
)
def test_any_other_page_may_carry_some(data):
    medium = decode(data).medium

    assert medium is None or medium.no_traces is None
