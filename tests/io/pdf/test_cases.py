"""Pages that readers have got wrong: what a viewer shows is what is examined."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from forensics_rt.io.decode import decode

CASES = Path(__file__).parents[2] / "data" / "pdf"
# By how many pixels per inch a page is examined, and whether its pixels are those of one image.
_PAGES = {
    "cmyk_flate_no_phrase": ((100, 75), "stored"),
    "dct_indexed": ((200, 150), "stored"),
    "dct_rgb_colortransform0": ((200, 150), "stored"),
    "dct_rgb_decode_1_0": ((200, 150), "stored"),
    "hidden_layer_xobject": ((200, 150), "stored"),
    "invisible_signature_field": ((200, 150), "stored"),
    "mrc_foreground_smask": ((200, 150), "composed"),
    "overlay_300dpi_resampled": ((179, 253), "composed"),
    "stamp_fullpage_alpha": ((200, 150), "composed"),
    "strips10_300dpi": ((400, 520), "composed"),
    "pdf-cropbox-hides-half": ((384, 144), "stored"),
    "pdf-image-switched-off-on-top": ((384, 256), "stored"),
    "pdf-jpeg-one-row-taller": ((384, 255), "stored"),
    "pdf-never-scanned": ((1653, 2339), "drawn"),
    "pdf-overlay-with-colour-key-mask": ((384, 256), "composed"),
    "pdf-patch-clipped-from-page-sized-image": ((384, 256), "composed"),
    "pdf-userunit-10-with-a-line": ((384, 256), "composed"),
    "pdf-white-rectangle-under-scan": ((384, 256), "stored"),
}


def _stored(name: str) -> list[np.ndarray]:
    """Return the samples of each image of a page as it is stored, H×W×3, by their names."""
    found = []
    with pikepdf.open(CASES / f"{name}.pdf") as document:
        for _, image in sorted(document.pages[0].Resources.XObject.items()):
            if image.get("/Filter") == "/DCTDecode":
                data = io.BytesIO(image.read_raw_bytes())
                found.append(np.asarray(Image.open(data).convert("RGB")))
            else:
                samples = np.frombuffer(image.read_bytes(), np.uint8)
                samples = samples.reshape(int(image.Height), int(image.Width), -1)
                found.append(np.repeat(samples, 3 // samples.shape[2], axis=2))
    return found


def _apart(name: str) -> float:
    """Return the mean difference to how PDFium shows the page, both made small."""
    found = decode(CASES / f"{name}.pdf").pixels
    page = pypdfium2.PdfDocument(CASES / f"{name}.pdf")[0]
    scale = max(found.shape) / max(page.get_size())
    shown = page.render(scale=scale).to_pil().convert("RGB")
    if name == "pdf-white-rectangle-under-scan":  # the page is larger than its scan
        shown = shown.crop(_dark_part(shown))
    elif name == "pdf-cropbox-hides-half":  # it is cut at a block of the JPEG
        found = found[4:]
    size = (found.shape[1] // 4, found.shape[0] // 4)
    small = [
        np.asarray(image.resize(size, Image.Resampling.BOX), int)
        for image in (Image.fromarray(found), shown)
    ]
    return float(np.abs(small[0] - small[1]).mean())


def _dark_part(shown: Image.Image) -> tuple[int, int, int, int]:
    dark = np.asarray(shown.convert("L")) < 250
    rows, columns = np.flatnonzero(dark.mean(1) > 0.3), np.flatnonzero(dark.mean(0) > 0.3)
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("name", _PAGES)
def test_what_a_viewer_shows_is_examined(name):
    found = decode(CASES / f"{name}.pdf")
    assert ((found.pixels.shape[1], found.pixels.shape[0]), found.page_report.source) == _PAGES[
        name
    ]
    assert _apart(name) < 5


def test_every_case_is_tested():
    assert sorted(_PAGES) == sorted(file.stem for file in CASES.glob("*.pdf"))


def test_strips_of_a_scan_are_put_together_sample_for_sample():
    strips = _stored("strips10_300dpi")
    assert len(strips) == 10
    found = decode(CASES / "strips10_300dpi.pdf")
    assert np.array_equal(found.pixels, np.concatenate(strips))
    assert found.density == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize(
    ("name", "kind", "box"),
    [
        ("overlay_300dpi_resampled", "line", (21, 219, 25, 13)),
        ("pdf-userunit-10-with-a-line", "line", (13, 144, 99, 99)),
        ("pdf-patch-clipped-from-page-sized-image", "image", (124, 122, 126, 51)),
        ("pdf-overlay-with-colour-key-mask", "image", (60, 129, 141, 24)),
        ("stamp_fullpage_alpha", "image", (19, 99, 103, 38)),
    ],
)
def test_what_lies_over_a_scan_is_told_and_beside_it_the_scan_keeps_its_samples(name, kind, box):
    found = decode(CASES / f"{name}.pdf")
    (overlay,) = found.page_report.overlays
    assert (overlay.kind, overlay.box) == (kind, box)
    assert "with what lies over its scan" in found.conversions[0]
    left, top, width, height = box
    beside = np.ones(found.pixels.shape[:2], bool)
    beside[top : top + height, left : left + width] = False
    scans = [stored for stored in _stored(name) if stored.shape == found.pixels.shape]
    assert any(np.array_equal(found.pixels[beside], scan[beside]) for scan in scans)


@pytest.mark.parametrize(
    "name", ["pdf-white-rectangle-under-scan", "invisible_signature_field", "strips10_300dpi"]
)
def test_nothing_lies_over_a_scan_that_was_painted_before_or_cannot_be_seen(name):
    assert decode(CASES / f"{name}.pdf").page_report.overlays == ()


@pytest.mark.parametrize(
    ("name", "kind", "box"),
    [
        ("pdf-cropbox-hides-half", "crop", (0, -112, 384, 116)),
        ("pdf-image-switched-off-on-top", "layer off", (0, 0, 384, 256)),
        ("hidden_layer_xobject", "layer off", (0, 0, 200, 150)),
        ("pdf-patch-clipped-from-page-sized-image", "clip", (0, 0, 384, 256)),
    ],
)
def test_what_is_hidden_is_told_with_boxes_in_pixels_and_on_the_page(name, kind, box):
    (hidden,) = decode(CASES / f"{name}.pdf").page_report.hidden
    assert (hidden.kind, hidden.box) == (kind, box)
    left, low, right, high = hidden.page_box
    assert right > left and high > low


def test_colors_that_are_not_those_of_the_jpeg_are_told():
    for name in ("dct_rgb_decode_1_0", "dct_rgb_colortransform0"):
        found = decode(CASES / f"{name}.pdf")
        assert "colors as the page shows them, which are not those of its JPEG" in found.conversions
        assert {part.kind for part in found.page_report.differences} == {"colors"}
    assert "palette to RGB" in decode(CASES / "dct_indexed.pdf").conversions
    cmyk = decode(CASES / "cmyk_flate_no_phrase.pdf")
    assert cmyk.mode == "CMYK" and "CMYK to RGB as PDFium converts it" in cmyk.conversions


def test_a_density_is_in_real_inches():
    found = decode(CASES / "pdf-userunit-10-with-a-line.pdf")
    with pikepdf.open(CASES / "pdf-userunit-10-with-a-line.pdf") as document:
        page = document.pages[0]
        inches = float(page.MediaBox[2]) * float(page.UserUnit) / 72
    assert found.density == pytest.approx((384 / inches,) * 2, rel=0.01)


def test_a_jpeg_with_a_row_more_is_shown_as_pdfium_does_and_told():
    found = decode(CASES / "pdf-jpeg-one-row-taller.pdf")
    assert "a JPEG of 384×256 is shown as 384×255" in found.conversions
