"""A scan keeps its samples under whatever is finer than it and lies on it."""

import numpy as np
import pytest
from pikepdf import Array, Name, Stream

from forensics_rt.errors import ImageTooLarge
from forensics_rt.io.decode import decode
from forensics_rt.io.read_options import ReadOptions
from tests.io.images import noise
from tests.io.pdf.scan_page import ScanPage

# The scan has 120 samples per inch. What a stamp covers of its page, in points from lower left, and
# of the scan's samples, from upper left.
PLACE, COVERED = (24, 30, 48, 24), (slice(60, 100), slice(40, 120))


def _beside_is_the_scan(found, page, box=COVERED):
    """Tell whether all pixels but those in a box are the samples of the scan, to the bit."""
    beside = np.ones(page.scan.shape[:2], bool)
    beside[box] = False
    return found.pixels.shape == page.scan.shape and bool(
        (found.pixels[beside] == page.scan[beside]).all()
    )


def _overlays(found):
    return [(part.kind, part.box) for part in found.page_report.overlays]


def _fine():
    """Samples of a stamp of five times the density of the scan, in squares of 5 × 5."""
    return np.repeat(np.repeat(255 - noise(40, 80), 5, axis=0), 5, axis=1)


def _mask(page, samples):
    mask = Stream(page.pdf, samples.tobytes())
    mask.Type, mask.Subtype, mask.BitsPerComponent = Name.XObject, Name.Image, 8
    mask.Height, mask.Width, mask.ColorSpace = *samples.shape, Name.DeviceGray
    return page.pdf.make_indirect(mask)


def _words(page, width, height, **keys):
    """Text cut out in one bit a sample, which is painted in black."""
    bits = np.packbits(noise(height, width)[:, :, 0] > 128, axis=1)
    text = np.zeros((height, width), np.uint8)
    name = page.image(text, bits.tobytes(), BitsPerComponent=1, ImageMask=True, **keys)
    del page.resources.XObject[f"/{name}"]["/ColorSpace"]
    return name


def test_a_fine_stamp_is_drawn_on_the_samples_of_the_scan_and_reported():
    page = ScanPage()
    page.show(page.image(_fine()), *PLACE)

    found = decode(page.save())

    assert _beside_is_the_scan(found, page)
    assert found.page_report.source == "composed" and max(found.density) == pytest.approx(120)
    assert _overlays(found) == [("image", (40, 60, 80, 40))]
    # It is brought to the density of the scan.
    apart = np.abs(found.pixels[COVERED].astype(int) - (255 - noise(40, 80)))
    assert apart.mean() < 1


def test_a_fine_stamp_with_a_soft_edge_is_reported_too():
    page, stamp = ScanPage(), _fine()
    alpha = np.tile(np.linspace(0, 255, stamp.shape[1]), (len(stamp), 1)).astype(np.uint8)
    page.show(page.image(stamp, SMask=_mask(page, alpha)), *PLACE)

    found = decode(page.save())

    assert _beside_is_the_scan(found, page)
    ((kind, (left, top, width, height)),) = _overlays(found)
    assert kind == "image" and 40 <= left < 45 and (top, left + width, height) == (60, 120, 40)


def test_a_fine_layer_as_large_as_the_page_counts_for_what_it_paints():
    page = ScanPage()
    layer, alpha = np.zeros((300, 400, 3), np.uint8), np.zeros((300, 400), np.uint8)
    alpha[120:200, 80:240] = 255
    page.show(page.image(layer, SMask=_mask(page, alpha)), 0, 0, 120, 90)

    found = decode(page.save())

    assert _beside_is_the_scan(found, page)
    assert _overlays(found) == [("image", (40, 60, 80, 40))]


@pytest.mark.parametrize("rect", [(24, 30, 72, 54), (20, 15, 120, 90)])
def test_an_annotation_never_decides_over_a_scan(rect):
    page = ScanPage()
    name = page.image(_fine())
    page.annotate(f"q 30 0 0 20 0 0 cm /{name} Do Q", Rect=Array(rect))

    found = decode(page.save())

    ((kind, (left, top, width, height)),) = _overlays(found)
    assert kind == "stamp"
    box = slice(top, top + height), slice(left, left + width)
    assert _beside_is_the_scan(found, page, box)


def test_a_scan_that_is_an_annotation_keeps_its_samples():
    page = ScanPage(shown=False)
    page.show(page.image(noise(9, 9)), 3, 80, 6, 6)
    name = page.image(page.scan)
    page.annotate(f"q 30 0 0 20 0 0 cm /{name} Do Q", Rect=Array([0, 0, 120, 90]))

    assert np.array_equal(decode(page.save()).pixels, page.scan)


def test_a_stamp_lies_on_a_scan_in_strips():
    page = ScanPage(shown=False)
    for row in range(0, 150, 15):
        strip = page.image(np.ascontiguousarray(page.scan[row : row + 15]))
        page.show(strip, 0, 90 - (row + 15) * 0.6, 120, 9)
    page.show(page.image(_fine()), *PLACE)

    found = decode(page.save())

    assert _beside_is_the_scan(found, page)
    assert _overlays(found) == [("image", (40, 60, 80, 40))]


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_stamp_lies_on_the_scan_of_a_turned_and_cropped_page(turned):
    page = ScanPage()
    page.show(page.image(_fine()), *PLACE)
    page.page.obj.Rotate, page.page.obj.CropBox = turned, Array([10, 0, 120, 80])

    found = decode(page.save())

    assert found.pixels.shape == (134, 184, 3)
    beside = np.ones((134, 184), bool)
    beside[44:84, 24:104] = False
    assert (found.pixels[beside] == page.scan[16:, 16:][beside]).all()
    assert _overlays(found) == [("image", (24, 44, 80, 40))]


def test_several_stamps_of_several_densities_do_not_decide():
    page = ScanPage()
    page.show(page.image(noise(100, 200)), 6, 6, 40, 20)
    page.show(page.image(noise(300, 400)), 66, 6, 40, 30)
    page.show(page.image(noise(250, 500)), 6, 60, 50, 25)

    found = decode(page.save())

    assert found.pixels.shape == page.scan.shape and len(_overlays(found)) == 3


def test_a_fine_image_on_more_than_half_of_the_scan_decides_and_is_reported():
    page = ScanPage()
    page.show(page.image(noise(300, 360)), 0, 0, 72, 60)
    assert decode(page.save()).pixels.shape == page.scan.shape

    page.show(page.image(noise(300, 400)), 20, 15, 100, 75)
    found = decode(page.save())

    assert max(found.density) == pytest.approx(288)
    assert "image" in [kind for kind, _ in _overlays(found)]


def test_of_photographs_side_by_side_the_finest_decides():
    page, fine = ScanPage(shown=False), noise(80, 120)
    page.show(page.image(noise(150, 100)), 0, 0, 60, 90)
    page.show(page.image(fine), 70, 20, 40, 80 / 3)

    found = decode(page.save())

    assert max(found.density) == pytest.approx(216)
    assert found.page_report.overlays == ()
    height, width = found.pixels.shape[:2]
    corners = [
        found.pixels[top : top + 80, left : left + 120]
        for top in range(height - 79)
        for left in range(width - 119)
        if (found.pixels[top, left] == fine[0, 0]).all()
    ]
    assert any(np.array_equal(corner, fine) for corner in corners)


def test_of_a_page_cut_into_text_and_ground_the_text_decides():
    page = ScanPage()
    page.show(_words(page, 400, 300), 0, 0, 120, 90)

    found = decode(page.save())

    assert found.pixels.shape == (300, 400, 3) and found.page_report.overlays == ()


@pytest.mark.parametrize(("ground", "decides"), [(100, "text"), (150, "text"), (200, "scan")])
def test_text_cut_out_in_parts_decides_unless_its_ground_is_as_dense_as_a_scan(ground, decides):
    page, wide = ScanPage(shown=False), ground * 120 // 72
    page.show(page.image(noise(ground * 90 // 72, wide)), 0, 0, 120, 90)
    page.show(_words(page, 250, 50), 30, 50, 60, 12)
    page.show(_words(page, 250, 25), 30, 30, 60, 6)

    density = {"text": 300, "scan": ground}[decides]
    assert max(decode(page.save()).density) == pytest.approx(density, rel=0.01)


def test_a_photograph_decides_over_a_ground_of_a_few_samples():
    page, photo = ScanPage(shown=False), noise(100, 160)
    page.show(page.image(np.full((6, 8, 3), 200, np.uint8)), 0, 0, 120, 90)
    page.show(page.image(photo), 10, 10, 48, 30)
    page.content.append("BT /F 12 Tf 10 60 Td (Paid) Tj ET")

    assert max(decode(page.save()).density) == pytest.approx(240)


def test_a_scan_at_an_angle_cannot_keep_its_samples_and_so_the_stamp_does():
    page = ScanPage(shown=False)
    page.content.append(f"q 110 4 -4 80 6 2 cm /{page.image(page.scan)} Do Q")
    page.show(page.image(_fine()), *PLACE)

    assert max(decode(page.save()).density) == pytest.approx(600)


def test_pixels_are_bounded_also_where_the_scan_cannot_be_seen():
    page = ScanPage(shown=False)
    page.resources.Properties["/L"] = page.layer()
    page.content.append("/OC /L BDC")
    page.show(page.image(page.scan), 0, 0, 120, 90)
    page.content.append("EMC")
    page.show(page.image(noise(300, 400)), 0, 0, 60, 45)

    assert decode(page.save()).pixels.shape == (300, 400, 3)
    with pytest.raises(ImageTooLarge, match="400×300"):
        decode(page.save(), options=ReadOptions(max_pixels=60_000))
