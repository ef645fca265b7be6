"""A detection of a PDF page: where its regions lie on the page, and the copy that shows them."""

import io
import json
import os
import pickle
from dataclasses import replace

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from forensics_rt import Detector, Page
from forensics_rt.errors import ImageUnreadable, OutputError
from forensics_rt.io.pdf.page_report import PagePart
from tests.io.images import encode
from tests.io.pdf.pdf_documents import bytes_of, scanned
from tests.page_reports import page_reports, point_a_pixel  # noqa: F401

pytestmark = pytest.mark.usefixtures("page_reports")
LARGER, SMALLER = [20, 60, 60, 80], [90, 20, 110, 30]


@pytest.fixture
def contract(tmp_path, page):
    """Two pages, the second one forged in two places."""
    path = tmp_path / "contract.pdf"
    path.write_bytes(bytes_of(scanned(Image.fromarray(page * 0), Image.fromarray(page))))
    return path


def squares(path, page, password=""):
    with pikepdf.open(path, password=password) as pdf:
        annotations = pdf.pages[page - 1].obj.get("/Annots", [])
        return [([float(side) for side in one.Rect], str(one.Contents)) for one in annotations]


def test_regions_of_a_page_are_given_in_pixels_and_in_units_of_the_page(detector, contract):
    found = replace(detector(Page(contract, 2)), page_report=point_a_pixel(90))

    document = json.loads(json.dumps(found.to_dict()))
    boxes = [(region["box"], region["page_box"]) for region in document["regions"]]
    assert boxes[0][0] == pytest.approx([20, 10, 40, 20], abs=2), "a JPEG is not exact"
    for (left, top, width, height), on_page in boxes:
        assert on_page == [left, 90 - top - height, left + width, 90 - top]
    assert document["page_report"] == {
        "source": "stored",
        "density": [72, 72],
        "to_page": [1, 0, 0, -1, 0, 90],
        "overlays": [{"kind": "annotation", "box": [1, 2, 3, 4], "page_box": [1, 84, 4, 88]}],
        "hidden": [],
        "differences": [],
    }


def test_a_page_report_is_written_without_the_last_digits_of_float32(detector, contract):
    stamp = PagePart("line", (1, 2, 3, 4), (101.76000479239006, 303.35999796, 219.84, 320.16))
    report = replace(point_a_pixel(90), density=(149.99999293574612, 150.0), differences=(stamp,))

    written = replace(detector(Page(contract, 2)), page_report=report).to_dict()["page_report"]

    assert written["density"] == [150, 150]
    assert written["differences"][0]["page_box"] == [101.76, 303.36, 219.84, 320.16]


def test_other_images_have_no_place_on_a_page(detector, page):
    document = detector(page).to_dict()
    assert document["page_report"] is None
    assert [region["page_box"] for region in document["regions"]] == [None, None]


@pytest.mark.parametrize(
    "give", [str, lambda path: path.read_bytes(), lambda path: path.open("rb")]
)
def test_an_annotated_copy_shows_the_regions_of_the_page(detector, contract, tmp_path, give):
    found = detector(Page(give(contract), 2))

    written = found.save(tmp_path / "out", "result", pdf=True)

    assert written.name == "result.json"
    copy = tmp_path / "out" / "result.annotated.pdf"
    assert squares(copy, 1) == []
    (larger, note), (smaller, _) = squares(copy, 2)
    assert larger == pytest.approx(LARGER, abs=3) and smaller == pytest.approx(SMALLER, abs=3)
    area = found.regions[0].area
    assert (
        note
        == f"region 1 of 2: mean probability {found.regions[0].mean_probability:.2f}, {area} pixels"
    )

    found.save(tmp_path / "out", "result")
    assert not copy.exists(), "what is not asked for again is not left beside the new result"


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [(), (10, 15, 110, 85)])
def test_the_marks_of_a_turned_and_cropped_page_are_around_what_was_found(
    detector, page, tmp_path, rotate, crop
):
    pdf = scanned(Image.fromarray(page))
    shown = pdf.pages[0].obj
    shown.Rotate = rotate
    if crop:
        shown.CropBox = pikepdf.Array(crop)

    detector(Page(bytes_of(pdf), 1)).save(tmp_path, "result", pdf=True)

    with pypdfium2.PdfDocument(tmp_path / "result.annotated.pdf") as copy:
        pixels = np.asarray(copy[0].render(scale=8).to_pil().convert("RGB")).astype(int)
    rows, columns = np.nonzero(pixels.min(axis=2) > 240)
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    red = (pixels[..., 0] > 150) & (pixels[..., 1] < 90)
    reach = 12  # a pixel of the page, and the softened edge of the patch
    sides = {
        "above": red[top - reach : top + reach, left:right],
        "below": red[bottom - reach : bottom + reach, left:right],
        "left": red[top:bottom, left - reach : left + reach],
        "right": red[top:bottom, right - reach : right + reach],
    }
    assert all(
        side.any(axis=0 if name in ("above", "below") else 1).all() for name, side in sides.items()
    )
    assert not red[top + reach : bottom - reach, left + reach : right - reach].any()


def test_a_file_given_as_one_image_is_marked_on_its_first_page(detector, page, tmp_path):
    data = bytes_of(scanned(Image.fromarray(page), Image.fromarray(page)))
    detector(data).save(tmp_path, "result", pdf=True)
    copy = tmp_path / "result.annotated.pdf"
    assert len(squares(copy, 1)) == 2 and squares(copy, 2) == []


def test_a_detection_from_another_process_is_saved_likewise(bundle, page, tmp_path):
    data = bytes_of(scanned(Image.fromarray(page)), "sesame")
    with Detector(bundle, "numpy", password="sesame") as detector:
        found = pickle.loads(pickle.dumps(detector(data)))

    found.save(tmp_path, "result", pdf=True)

    assert len(squares(tmp_path / "result.annotated.pdf", 1, "sesame")) == 2
    assert "sesame" not in repr(found) and "sesame" not in (tmp_path / "result.json").read_text()


def test_what_is_no_page_of_a_pdf_gives_no_annotated_copy(detector, page, tmp_path):
    for image in (page, encode("PNG")):
        found = detector(image)
        with pytest.raises(OutputError, match=r"must be a page of a PDF .*; leave pdf=True out"):
            found.save(tmp_path / "out", "result", pdf=True)
    assert not (tmp_path / "out").exists()


def test_a_pdf_that_has_changed_since_is_not_marked(detector, contract, tmp_path):
    found = detector(Page(contract, 2))
    contract.write_bytes(contract.read_bytes() + b"\n")
    os.utime(contract, (1, 1))
    with pytest.raises(ImageUnreadable, match="has changed since it was examined"):
        found.save(tmp_path / "out", "result", pdf=True)


def test_the_bytes_of_other_images_are_not_kept(detector, page):
    assert detector(encode("PNG")).pdf_file is None and detector(page).pdf_file is None
    data = bytes_of(scanned(Image.fromarray(page)))
    assert detector(data).pdf_file.source.data is data
    assert detector(io.BytesIO(data)).pdf_file.source.data == data
    assert np.array_equal(detector(data).image, detector(Page(data, 1)).image)
