import hashlib
import io
import threading
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageCms, ImageOps

from forensics_rt.errors import ImageTooLarge, ImageUnreadable
from forensics_rt.io.decode import decode
from forensics_rt.io.pages import Page, pages_of
from forensics_rt.io.pdf.signature import is_pdf
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.size import pixel_count
from tests.io.images import noise
from tests.io.pdf.pdf_files import (
    FORM,
    FULL,
    HIDDEN_WORDS,
    WORDS,
    jpeg,
    locked,
    with_jpeg,
    with_samples,
)

_STORED, _LINK = "the image that the PDF stores", b"/Annots[<</Subtype/Link/Rect[0 0 9 9]>>]"
_FRAME = b"/Annots[<</Subtype/Square/Rect[0 0 60 60]/C[1 0 0]>>]"
_SQUARES = [[(255, 0, 0), (0, 0, 255)], [(0, 0, 255), (255, 0, 0)]]
SCAN = jpeg(Image.fromarray(noise(150, 200)), quality=80)


def _as_jpeg(data: bytes = SCAN) -> np.ndarray:
    return decode(data).pixels


@pytest.mark.parametrize(
    ("content", "page"),
    [
        pytest.param(FULL, b"", id="nothing else"),
        pytest.param(FULL + HIDDEN_WORDS, b"", id="text to search for"),
        pytest.param(WORDS + FULL, b"", id="text beneath"),
        pytest.param(FORM, b"", id="inside a form"),
        pytest.param(b"q 60 0 0 45 30 20 cm /I Do Q", b"", id="amid white"),
        pytest.param(FULL, _LINK, id="a link"),
    ],
)
def test_a_scan_is_examined_as_it_is_stored(content, page):
    found = decode(with_jpeg(content, SCAN, page))

    assert np.array_equal(found.pixels, _as_jpeg())
    assert found.conversions == (_STORED,)
    assert (found.format, found.mode, found.exif_orientation) == ("PDF", "RGB", 1)


@pytest.mark.parametrize(
    ("content", "page", "kind"),
    [
        pytest.param(FULL + WORDS, b"", "text", id="text above"),
        pytest.param(FULL + b"1 0 0 rg 20 20 30 10 re f", b"", "line", id="a box above"),
        pytest.param(FULL, _FRAME, "square", id="an annotation"),
        pytest.param(FULL + b"q 6 0 0 6 20 20 cm /I Do Q", b"", "image", id="an image above"),
    ],
)
def test_what_lies_over_a_scan_is_drawn_on_its_own_samples_and_reported(content, page, kind):
    found = decode(with_jpeg(content, SCAN, page))

    images = "2 images" if kind == "image" else "the image"
    said = f"composed at 120 dots per inch of {images} that the PDF stores"
    assert found.conversions == (f"{said}, with what lies over its scan",)
    (overlay,) = found.page_report.overlays
    assert overlay.kind == kind
    left, top, width, height = overlay.box
    changed = (found.pixels != _as_jpeg()).any(2)
    assert changed[top : top + height, left : left + width].any()
    changed[top : top + height, left : left + width] = False
    assert not changed.any(), "beside it the samples are those of the scan, to the bit"


def test_nothing_hides_behind_ten_thousand_things():
    unseen = HIDDEN_WORDS * 10_000
    assert decode(with_jpeg(unseen + FULL + WORDS, SCAN)).conversions != (_STORED,)
    assert decode(with_jpeg(FULL + HIDDEN_WORDS * 5_000, SCAN)).conversions == (_STORED,)


def test_what_is_no_scan_is_drawn_at_a_scanners_usual_density():
    for content in (WORDS, b"", b"q 5 0 0 5 0 0 cm /I Do Q\n" + WORDS):
        found = decode(with_jpeg(content, SCAN))
        assert found.pixels.shape == (250, 334, 3)
        assert found.conversions == ("drawn at 200 dots per inch",)
        assert found.page_report.source == "drawn" and not found.page_report.overlays
    white = decode(with_jpeg(b"", SCAN)).pixels
    assert (white == 255).all()
    assert (decode(with_jpeg(WORDS, SCAN)).pixels < 64).any()


def test_a_colored_ground_of_one_sample_does_not_make_a_page_coarse():
    ground = jpeg(Image.new("L", (1, 1), 230))
    found = decode(with_jpeg(FULL + WORDS, ground))
    assert found.conversions[0] == "drawn at 200 dots per inch"
    assert found.pixels.shape == (250, 334, 3) and (found.pixels[0, 0] == 230).all()


@pytest.mark.parametrize(
    ("matrix", "rotate", "orientation"),
    [
        ("120 0 0 90 0 0", 0, 1), ("-120 0 0 90 120 0", 0, 2), ("-120 0 0 -90 120 90", 0, 3),
        ("120 0 0 -90 0 90", 0, 4), ("0 -90 -120 0 120 90", 0, 5), ("0 -90 120 0 0 90", 0, 6),
        ("0 90 120 0 0 0", 0, 7), ("0 90 -120 0 120 0", 0, 8), ("120 0 0 90 0 0", 90, 6),
        ("120 0 0 90 0 0", 180, 3), ("120 0 0 90 0 0", 270, 8), ("0 90 -120 0 120 0", 90, 1),
    ],
)  # fmt: skip
def test_how_a_scan_stands_on_its_page_is_told_as_exif_does(matrix, rotate, orientation):
    corner = np.zeros((150, 200, 3), np.uint8)
    corner[:40, :60] = 255, 0, 0
    content = f"q {matrix} cm /I Do Q".encode()
    page = f"/Rotate {rotate}".encode()
    data = jpeg(Image.fromarray(corner))

    found = decode(with_jpeg(content, data, page))
    assert np.array_equal(found.pixels, _as_jpeg(data)) and found.exif_orientation == orientation

    # A viewer shows the same page so.
    shown = pypdfium2.PdfDocument(with_jpeg(content, data, page))[0].render(scale=2).to_pil()
    upright = Image.fromarray(found.pixels)
    upright.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(upright).resize(shown.size)
    apart = abs(np.asarray(shown, int) - np.asarray(upright, int)).max(2)
    assert np.mean(apart > 100) < 0.02


@pytest.mark.parametrize(
    ("colors", "bits", "samples", "shown", "mode"),
    [
        (b"/DeviceGray", 8, b"\0\x50\xa0\xff", [[[0], [80]], [[160], [255]]], "L"),
        (b"/DeviceGray", 1, b"\x40\x80", [[[0], [255]], [[255], [0]]], "L"),
        (b"[/Indexed/DeviceRGB 1<ff00000000ff>]", 8, b"\0\1\1\0", _SQUARES, "P"),
    ],
)
def test_scans_that_are_no_jpeg_are_examined_as_stored_too(colors, bits, samples, shown, mode):
    found = decode(with_samples(FULL, samples, (2, 2), colors, bits))
    assert np.array_equal(found.pixels, np.broadcast_to(shown, (2, 2, 3)))
    assert found.conversions[0] == _STORED and found.mode == mode


def test_a_fax_that_is_a_stencil_shows_in_the_color_it_is_painted_in():
    rows = np.kron([[1, 0], [0, 1]], np.ones((30, 40), int))
    samples = np.packbits(1 - rows, axis=1).tobytes()
    found = decode(with_samples(b"0 0 1 rg " + FULL, samples, (80, 60), b"stencil", 1))

    assert found.pixels.shape == (60, 80, 3) and found.mode == "1"
    assert found.conversions[-1] == "stencil mask, in its fill color"
    assert (found.pixels[10, 10] == (0, 0, 255)).all() and (found.pixels[10, 70] == 255).all()


def test_what_is_missing_of_a_stored_scan_is_not_made_up():
    with pytest.raises(
        ImageUnreadable,
        match="PDF is truncated or damaged: an image of the page: Premature end of JPEG",
    ):
        decode(with_jpeg(FULL, SCAN[:-800]))
    with pytest.raises(ImageUnreadable, match="an image of the page cannot be read"):
        decode(with_jpeg(FULL + WORDS, SCAN).replace(SCAN[:400], b"\0" * 400))


def test_a_color_profile_counts_where_it_changes_what_is_shown():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    gamma = (0x26666).to_bytes(4, "big")  # 2.4 as a fixed-point number
    assert profile.count(gamma) == 1

    usual = decode(with_jpeg(FULL, SCAN, profile=profile))
    assert usual.conversions == (_STORED,) and np.array_equal(usual.pixels, _as_jpeg())
    brighter = profile.replace(gamma, (0x1CCCC).to_bytes(4, "big"))
    found = decode(with_jpeg(FULL, SCAN, profile=brighter))
    assert found.conversions == (
        _STORED,
        "colors as the page shows them, which are not those of its JPEG",
    )
    assert found.pixels.mean() > usual.pixels.mean() + 10
    assert {part.kind for part in found.page_report.differences} == {"colors"}


def test_a_jpeg_of_another_size_than_the_page_says_is_shown_as_pdfium_does_and_bounded():
    lying = with_jpeg(FULL, SCAN, pixels=(200, 149))
    found = decode(lying)
    assert found.pixels.shape == (149, 200, 3)
    assert found.conversions[-1] == "a JPEG of 200×150 is shown as 200×149"
    with pytest.raises(ImageTooLarge, match="200×150"):
        decode(with_jpeg(FULL, SCAN, pixels=(20, 15)), options=ReadOptions(max_pixels=300))


@pytest.mark.parametrize("kept", [20, 700])
def test_a_damaged_pdf_is_refused(tmp_path, kept):
    path = tmp_path / "cut.pdf"
    path.write_bytes(with_jpeg(FULL, SCAN)[:kept])
    for given in (path, path.read_bytes(), Page(path, 1)):
        with pytest.raises(ImageUnreadable, match=r"the PDF is truncated or damaged"):
            decode(given)
    assert pages_of(path) == (Page(path, 1),) and pixel_count(path) == 0


def test_a_pdf_that_needs_a_password_is_refused_with_what_to_do():
    with pytest.raises(ImageUnreadable, match="needs a password; give it"):
        decode(locked())


def test_pixels_are_bounded_before_there_are_any():
    wide = with_jpeg(WORDS, SCAN, size=b"14400 14400")
    with pytest.raises(ImageTooLarge, match="40000×40000"):
        decode(wide)
    assert pixel_count(wide) == 40_000**2
    with pytest.raises(ImageTooLarge, match="200×150"):
        decode(with_jpeg(FULL, SCAN), options=ReadOptions(max_pixels=29_999))
    assert decode(with_jpeg(FULL, SCAN), options=ReadOptions(max_pixels=30_000)).pixels.shape == (
        150,
        200,
        3,
    )


@pytest.fixture
def contract(tmp_path) -> Path:
    """Three pages of scans: in color, a larger one, and black on white as a fax."""
    path = tmp_path / "contract.pdf"
    first, second = Image.fromarray(noise()), Image.fromarray(noise(80, 96))
    first.save(path, save_all=True, append_images=[second, first.convert("1")])
    return path


def test_each_page_of_a_file_is_an_image(contract, caplog):
    pages = pages_of(contract)
    first, second, third = (decode(page) for page in pages)

    assert [str(page) for page in pages] == [f"{contract}-page{n}" for n in (1, 2, 3)]
    assert [page.pixels.shape[:2] for page in (first, second, third)] == [
        (40, 60),
        (80, 96),
        (40, 60),
    ]
    assert set(np.unique(third.pixels)) == {0, 255}
    assert second.conversions == ("page 2 of 3", _STORED)
    assert (second.page, second.frames) == (2, 3)
    assert first.sha256 == second.sha256 == hashlib.sha256(contract.read_bytes()).hexdigest()
    assert [pixel_count(page) for page in pages] == [2400, 7680, 2400]
    assert not caplog.messages
    with pytest.raises(ImageUnreadable, match="no page 4; its pages are 1 to 3"):
        decode(Page(contract, 4))


def test_a_file_taken_as_one_image_is_its_first_page_with_a_warning(contract, caplog):
    for given in (contract, contract.read_bytes(), contract.open("rb")):
        caplog.clear()
        found = decode(given)
        assert found.pixels.shape == (40, 60, 3) and found.page is None
        assert found.conversions == ("first of 3 frames", _STORED)
        assert "forensics_rt.pages_of lists the pages of a TIFF or PDF file" in caplog.text
        assert pixel_count(given) in (0, 2400)


def test_pages_are_read_by_many_threads(contract):
    expected = [decode(page).pixels for page in pages_of(contract)]
    apart: list[int] = []

    def read() -> None:
        for page, pixels in list(zip(pages_of(contract), expected, strict=True)) * 5:
            if not np.array_equal(decode(page).pixels, pixels):
                apart.append(page.number)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not apart


def test_a_pdf_is_known_by_its_start_alone():
    assert is_pdf(b"\xef\xbb\xbf%PDF-1.4") and is_pdf(b"\r\n%PDF-2.0")
    assert not is_pdf(b"a %PDF-1.4") and not is_pdf(b"")


@pytest.mark.parametrize("before", [b"HTTP/1.1 200 OK\r\n\r\n", b"\x1b%-12345X@PJL\n", b"?" * 1019])
def test_what_stands_before_a_pdf_does_not_hide_it(before, tmp_path):
    path = tmp_path / "sent.pdf"
    path.write_bytes(before + with_jpeg(FULL, SCAN))

    found = decode(path)

    assert found.format == "PDF" and np.array_equal(found.pixels, _as_jpeg())
    assert found.conversions == (_STORED,)  # no table of offsets had to be rebuilt
    assert len(pages_of(path)) == 1 and pixel_count(path) == 150 * 200


_WHOLE_HEAD = b"%PDF-1.4\n%\xe2\xe3\n1 0 obj\n"


@pytest.mark.parametrize(
    "other",
    [
        b"<html><pre>\n" + _WHOLE_HEAD,
        b"Most files start with %PDF-1.4\nand some with %PDF-1.7.\n",
        b"?" * 1020 + _WHOLE_HEAD,
    ],
)
def test_what_only_speaks_of_pdf_is_none(other):
    with pytest.raises(ImageUnreadable, match="not an image in a known format"):
        decode(other)


def test_an_image_stays_one_whatever_its_comment_holds():
    image = io.BytesIO()
    Image.fromarray(noise()).save(image, "JPEG", comment=_WHOLE_HEAD)
    assert decode(image.getvalue()).format == "JPEG"


def test_a_damaged_page_is_its_own_error_and_its_neighbors_are_read(tmp_path):
    path = tmp_path / "three.pdf"
    first, *others = (Image.fromarray(noise(150, 200)) for _ in range(3))
    first.save(path, save_all=True, append_images=others)
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        (image,) = dict(document.pages[1].Resources.XObject).values()
        data = image.read_raw_bytes()
        image.write(data[: len(data) // 2], filter=pikepdf.Name.DCTDecode)
        document.save(path)

    before, damaged, after = pages_of(path)
    assert decode(before).pixels.shape == decode(after).pixels.shape == (150, 200, 3)
    with pytest.raises(ImageUnreadable, match=r"page2: .* Premature end of JPEG"):
        decode(damaged)
    examined = decode(damaged, options=ReadOptions(damaged="examine"))
    assert examined.conversions[-1].startswith("damaged: an image of the page: Premature end")
