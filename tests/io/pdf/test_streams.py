"""Images whose data is not all there are refused, or examined and said."""

import base64
import zlib

import numpy as np
import pytest
from pikepdf import Array, Name, String
from PIL import Image

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.decode import decode
from forensics_rt.io.read_options import ReadOptions
from tests.io.pdf.pdf_files import jpeg
from tests.io.pdf.scan_page import ScanPage


def _ascii(data):
    return base64.a85encode(data) + b"~>"


def _page(data, **keys):
    page = ScanPage(shown=False)
    page.show(page.image(page.scan, data, **keys), 0, 0, 120, 90)
    return page


@pytest.mark.parametrize(
    ("coding", "filters"),
    [
        (bytes, []),
        (zlib.compress, [Name.FlateDecode]),
        (_ascii, [Name.ASCII85Decode]),
        (lambda data: _ascii(zlib.compress(data)), [Name.ASCII85Decode, Name.FlateDecode]),
    ],
    ids=["plain", "deflated", "ascii", "both"],
)
def test_samples_that_end_early_are_damage(coding, filters):
    whole = ScanPage(shown=False).scan.tobytes()
    keys = {"Filter": Array(filters)} if filters else {}

    assert decode(_page(coding(whole), **keys).save()).page_report.source == "stored"
    with pytest.raises(
        ImageUnreadable, match=r"ends after 100 of 150 rows|holds 60000 bytes, not 90000"
    ):
        decode(_page(coding(whole[: 100 * 600]), **keys).save())


def test_damage_is_examined_and_said_where_that_is_asked_for():
    data = _page(ScanPage(shown=False).scan.tobytes()[: 100 * 600]).save()

    found = decode(data, options=ReadOptions(damaged="examine"))

    reason = "the deflated data holds 60000 bytes, not 90000"
    assert f"damaged: an image of the page: {reason}" in found.conversions
    assert np.array_equal(found.pixels[:100], ScanPage(shown=False).scan[:100])


def test_a_jpeg_inside_another_coding_is_held_against_its_page_too():
    page = ScanPage(shown=False)
    data = jpeg(Image.fromarray(page.scan))
    filters = Array([Name.ASCII85Decode, Name.DCTDecode])

    assert decode(_page(_ascii(data), Filter=filters).save()).page_report.source == "stored"
    with pytest.raises(ImageUnreadable, match="Premature end"):
        decode(_page(_ascii(data[: len(data) // 2]), Filter=filters).save())


@pytest.mark.parametrize(
    ("bits", "indexed"),
    [(bits, False) for bits in (1, 2, 4, 8, 16)] + [(bits, True) for bits in (1, 2, 4, 8)],
)
def test_samples_of_any_depth_are_whole(bits, indexed):
    page = ScanPage(shown=False)
    row = -(-200 * bits // 8)
    space = Array([Name.Indexed, Name.DeviceGray, 255, String(bytes(range(256)))])
    colors = space if indexed else Name.DeviceGray
    data = bytes(row * 150 - 1) + b"\x11"
    name = page.image(page.scan, data, ColorSpace=colors, BitsPerComponent=bits)
    page.show(name, 0, 0, 120, 90)

    assert decode(page.save()).pixels.shape == (150, 200, 3)


def test_a_jpeg_with_a_mask_is_not_taken_for_shown_whole():
    page = _page(jpeg(Image.fromarray(ScanPage(shown=False).scan)), Filter=Name.DCTDecode)
    mask = np.full((150, 200), 255, np.uint8)
    mask[60:62, 80:82] = 0  # a dot that may be a decimal point
    page.resources.XObject.X0.SMask = page.resources.XObject[f"/{page.image(mask)}"]

    report = decode(page.save()).page_report

    assert [(part.kind, part.box) for part in report.differences] == [
        ("masked or clipped", (80, 60, 2, 2))
    ]


def test_a_crop_box_beside_the_page_is_told():
    page = ScanPage()
    page.page.obj.CropBox = Array([500, 500, 600, 600])

    with pytest.raises(ImageUnreadable, match="no area in common"):
        decode(page.save())


def test_a_scan_on_a_layer_that_is_off_gives_no_pixels():
    page = ScanPage(shown=False)
    name = page.form(f"q 120 0 0 90 0 0 cm /{page.image(page.scan)} Do Q", OC=page.layer())
    page.content.append(f"/{name} Do")

    found = decode(page.save())

    assert (found.pixels == 255).all() and found.page_report.source == "drawn"
    assert [part.kind for part in found.page_report.hidden] == ["layer off"]
