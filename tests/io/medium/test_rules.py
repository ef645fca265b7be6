"""Made images of each kind get their names; what a file says goes before what is measured."""

import io

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

from forensics_rt.io.decode import decode
from forensics_rt.io.medium.kinds import NO_IMAGE, Medium, born_digital
from forensics_rt.io.medium.measures import measure_pixels
from forensics_rt.io.medium.rules import measure_medium
from forensics_rt.io.metadata import MediumFacts, facts_of

rng = np.random.default_rng(3)


def typed(height, width, scale=1.0):
    """White paper with lines of text, H×W×3."""
    page = np.full((height, width, 3), 255, np.uint8)
    for row in range(40, height - 20, int(32 * scale)):
        cv2.putText(page, "Paid 1,234.50 EUR on 3 May", (20, row), 0, scale, (0, 0, 0), 2)
    return page


def scanned(page):
    soft = cv2.GaussianBlur(page, (0, 0), 1.0).astype(float) * 0.9
    return np.clip(soft + rng.normal(0, 2, page.shape), 0, 255).astype(np.uint8)


def photographed(page):
    """The same sheet on a desk under a lamp."""
    height, width = page.shape[:2]
    desk = rng.normal((70, 90, 120), 9, page.shape)
    sheet = slice(height // 6, -height // 6), slice(width // 6, -width // 6)
    desk[sheet] = scanned(page)[sheet]
    light = (
        np.linspace(0.35, 1.0, width)[None, :, None] * np.linspace(1, 0.7, height)[:, None, None]
    )
    return np.clip(desk * light, 0, 255).astype(np.uint8)


def on_a_phone():
    screen = typed(1280, 720)
    screen[:200] = (190, 60, 30)
    screen[1100:] = (240, 240, 235)
    return screen


PAGE = typed(1200, 900)
MADE = {
    "scan": scanned(PAGE),
    "photograph": photographed(PAGE),
    "screen": on_a_phone(),
    "born digital": PAGE,
    "fax": np.where(PAGE < 128, 0, 255).astype(np.uint8),
}


def jpeg(pixels, **options):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=90, **options)
    return stream.getvalue()


@pytest.mark.parametrize("name", MADE)
def test_each_kind_is_named_also_as_a_jpeg(name):
    assert decode(MADE[name]).medium.name == name
    assert decode(jpeg(MADE[name])).medium.name == name


def test_a_screen_reduced_to_black_and_white_is_one_no_more():
    dark = np.where(MADE["screen"] < 128, 0, 255).astype(np.uint8)

    assert decode(dark).medium.name == "fax"


def test_the_evidence_says_what_was_measured():
    assert "one brightness" in decode(MADE["scan"]).medium.evidence
    assert "unevenly lit" in decode(MADE["photograph"]).medium.evidence
    assert "screen's shape (1:1.78)" in decode(MADE["screen"]).medium.evidence


@pytest.mark.parametrize(
    "pixels",
    [np.full((100, 100, 3), 255, np.uint8), np.full((900, 900, 3), 255, np.uint8)],
    ids=["too small", "without an edge or grain"],
)
def test_what_fits_none_well_has_no_name(pixels):
    assert decode(pixels).medium is None


def test_too_small_an_image_is_not_measured():
    assert measure_pixels(np.zeros((127, 500, 3), np.uint8)) is None
    assert measure_pixels(np.zeros((128, 500, 3), np.uint8)) is not None


@pytest.mark.parametrize(
    ("compression", "said"),
    [
        ("group4", "stored as CCITT Group 4"),
        ("group3", "stored as CCITT Group 3"),
        ("tiff_ccitt", "stored as CCITT modified Huffman"),
        ("tiff_deflate", "stored in one bit a pixel"),
    ],
)
def test_the_coding_of_a_fax_says_that_it_is_one(compression, said):
    stream = io.BytesIO()
    Image.fromarray(PAGE).convert("1").save(stream, "TIFF", compression=compression)

    assert decode(stream.getvalue()).medium == Medium("fax", said)


def with_exif(lens, **tags):
    exif = Image.Exif()
    for name, value in tags.items():
        exif[ExifTags.Base[name]] = value
    exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base[k]: v for k, v in lens.items()})
    return jpeg(PAGE, exif=exif)


def test_exif_of_an_exposure_says_photograph_whatever_the_pixels():
    medium = decode(with_exif({"ExposureTime": 0.01}, Make="Fuji\0", Model="X100")).medium

    assert medium == Medium("photograph", "EXIF names a camera and its exposure: Fuji X100")


@pytest.mark.parametrize(
    ("lens", "name"),
    [({}, "born digital"), ({"UserComment": b"ASCII\0\0\0Screenshot"}, "screen")],
    ids=["a maker alone, as scanners have", "a phone's word for screenshot"],
)
def test_exif_without_an_exposure_names_no_camera(lens, name):
    assert decode(with_exif(lens, Make="Epson", Model="GT-1500")).medium.name == name


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_says_nothing():
    data = jpeg(PAGE, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")

    assert decode(data).medium.name == "born digital"


def test_facts_of_a_png_are_read_without_decoding_it(tmp_path):
    Image.fromarray(PAGE).save(tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as image:
        assert facts_of(image) == MediumFacts()
        assert image.tile, "not decoded"


def test_facts_go_before_measures():
    assert measure_medium(MADE["scan"], MediumFacts(camera="Leica")).name == "photograph"


def test_only_a_page_without_an_image_can_carry_no_traces():
    assert born_digital("drawn").no_traces == NO_IMAGE
    assert decode(PAGE).medium.name == "born digital" and decode(PAGE).medium.no_traces is None
