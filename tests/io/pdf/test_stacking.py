"""Which images of a page are its scan, which lie over it, and which are covered."""

import numpy as np
import pytest
from pikepdf import Dictionary, Name

from forensics_rt.io.decode import decode
from tests.io.images import noise
from tests.io.pdf.scan_page import ScanPage


def test_a_patch_as_dense_as_the_scan_lies_over_it_and_keeps_its_samples():
    page, patch = ScanPage(), 255 - noise(20, 50)
    page.show(page.image(patch), 24, 60, 30, 12)

    found = decode(page.save())

    shown = page.scan.copy()
    shown[30:50, 40:90] = patch
    assert np.array_equal(found.pixels, shown)
    assert [(part.kind, part.box) for part in found.page_report.overlays] == [
        ("image", (40, 30, 50, 20))
    ]
    assert found.page_report.source == "composed"


@pytest.mark.parametrize("overlap", [0, 0.6])
def test_strips_of_a_scan_do_not_lie_over_each_other(overlap):
    page = ScanPage(shown=False)
    for row in range(3):
        strip = page.image(np.ascontiguousarray(page.scan[row * 50 : row * 50 + 50]))
        page.show(strip, 0, 60 - row * 30, 120, 30 + overlap)

    report = decode(page.save()).page_report

    assert report.overlays == () and report.source == "composed"


def test_a_scan_under_another_page_of_its_colors_is_covered():
    page, paper = ScanPage(shown=False), np.full((300, 400, 3), 250, np.uint8)
    page.show(page.image(paper), 0, 0, 120, 90)
    page.show(page.image(page.scan // 64 + 190), 0, 0, 120, 90)

    found = decode(page.save())

    assert found.pixels.shape == (150, 200, 3)
    assert [part.kind for part in found.page_report.hidden] == ["covered image"]


def test_of_two_equal_images_one_is_seen():
    page = ScanPage()
    page.show("X0", 0, 0, 120, 90)

    found = decode(page.save())

    assert np.array_equal(found.pixels, page.scan)
    assert [part.kind for part in found.page_report.hidden] == ["covered image"]
    assert found.page_report.source == "stored"


def test_a_patch_that_is_finer_than_the_scan_lies_over_it():
    page = ScanPage()
    page.show(page.image(255 - noise(80, 200)), 24, 30, 60, 24)

    (overlay,) = decode(page.save()).page_report.overlays

    assert overlay.kind == "image" and overlay.page_box == pytest.approx((24, 30, 84, 54), abs=0.5)


def test_an_image_that_darkens_the_scan_lies_over_it():
    page = ScanPage()
    page.resources.ExtGState.M = Dictionary(BM=Name.Multiply)
    page.content.append("/M gs")
    page.show(page.image(255 - noise(150, 200)), 0, 0, 120, 90)

    report = decode(page.save()).page_report

    assert [part.kind for part in report.overlays] == ["image"]


def test_a_scan_is_found_in_many_forms():
    page = ScanPage(shown=False)
    name = page.form(f"q 120 0 0 90 0 0 cm /{page.image(page.scan)} Do Q")
    for _ in range(20):
        name = page.form(f"/{name} Do")
    page.content.append(f"/{name} Do")

    found = decode(page.save())

    assert np.array_equal(found.pixels, page.scan)
    assert found.medium is None or found.medium.no_traces is None


def test_a_hidden_layer_is_found_beyond_hundreds_of_small_images():
    page = ScanPage()
    small = page.image(noise(8, 8))
    for number in range(250):
        page.show(small, number % 20 * 6, number // 20 * 6, 1, 1)
    page.resources.Properties["/L"] = page.layer()
    page.content.append("/OC /L BDC")
    page.show(page.image(noise(300, 400)), 0, 0, 120, 90)
    page.content.append("EMC")

    found = decode(page.save())

    assert found.pixels.shape == page.scan.shape
    assert "layer off" in [part.kind for part in found.page_report.hidden]


def test_what_is_painted_after_ten_thousand_things_is_told():
    page = ScanPage()
    page.content.append("BT 3 Tr /F 2 Tf 10 10 Td " + "(a) Tj " * 10_050 + "ET")
    page.content.append("1 0 0 rg 30 45 60 9 re f")

    report = decode(page.save()).page_report

    assert report.source == "composed"
    assert [(part.kind, part.box) for part in report.overlays] == [("unlisted", (50, 60, 100, 15))]
