"""Networks that read the coefficients of JPEG: C gives what Python gives."""

import ctypes as c
from dataclasses import dataclass

import cv2
import jpeglib
import numpy as np
import PIL.Image
import pytest

from forensics_rt import Bundle, Detector
from tests.coefficient_bundles import coefficient_bundle
from tests.native.library import Coefficients, Image, NativeError
from tests.native.test_onnxruntime import engine as engine
from tests.native.test_onnxruntime import native_ort as native_ort
from tests.native.test_parity import assert_same


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return coefficient_bundle(tmp_path_factory.mktemp("reads"))


@dataclass
class Page:
    """A JPEG: its file, its pixels, and what libjpeg reads of its luma."""

    path: str
    pixels: np.ndarray
    blocks: np.ndarray
    table: np.ndarray

    def coefficients(self, **changes):
        given = {
            "size": c.sizeof(Coefficients),
            "blocks": self.blocks.ctypes.data,
            "columns": self.blocks.shape[1],
            "rows": self.blocks.shape[0],
            "quantization": self.table.ctypes.data,
        }
        return Coefficients(**(given | changes))

    def image(self, coefficients=None):
        height, width = self.pixels.shape[:2]
        beside = c.pointer(coefficients) if coefficients is not None else None
        return Image(
            size=c.sizeof(Image),
            pixels=self.pixels.ctypes.data,
            width=width,
            height=height,
            coefficients=beside,
        )


def jpeg(folder, shape, quality=80, gray=False):
    """Save noise with a bright square, which the network calls forged, and read it again."""
    random = np.random.default_rng(sum(shape) + quality)
    noise = cv2.GaussianBlur(random.integers(0, 256, (*shape, 3), np.uint8), (0, 0), 1.5)
    noise[: shape[0] // 2, : shape[1] // 2] = random.integers(200, 256, 3, np.uint8)
    path = str(folder / f"{shape[0]}x{shape[1]}-{quality}-{gray}.jpg")
    kept = cv2.cvtColor(noise, cv2.COLOR_BGR2GRAY) if gray else noise
    cv2.imwrite(path, kept, [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = jpeglib.read_dct(path)
    return Page(
        path,
        np.asarray(PIL.Image.open(path).convert("RGB")),
        np.ascontiguousarray(read.Y, np.int16),
        np.ascontiguousarray(read.get_component_qt(0), np.uint16),
    )


PAGES = [((150, 203), 80, False), ((64, 64), 95, False), ((9, 130), 60, True), ((97, 33), 30, True)]


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_c_and_python_agree(native_ort, bundle, tmp_path, backend):
    with (
        Detector(bundle, backend, "balanced", precision="float32") as detector,
        native_ort.open(bundle.path, backend=backend, recipe="balanced") as twin,
    ):
        assert twin.describe()["reads_coefficients"] == 1
        for shape, quality, gray in PAGES * 2:
            page = jpeg(tmp_path, shape, quality, gray)
            expected = detector(page.path)
            assert expected.provenance.conversions == () or gray
            found = twin.detect_image(page.image(page.coefficients()))
            assert_same(expected, found)
    assert any(shape[0] > 64 for shape, *_ in PAGES), "no page has several tiles"


def test_rows_of_blocks_may_lie_apart(native, bundle, tmp_path):
    page = jpeg(tmp_path, (150, 203))
    apart = np.full((page.blocks.shape[0], page.blocks.shape[1] + 3, 8, 8), 99, np.int16)
    apart[:, : page.blocks.shape[1]] = page.blocks
    upwards = np.ascontiguousarray(page.blocks[::-1])
    with native.open(bundle.path) as detector:
        expected = detector.detect_image(page.image(page.coefficients())).probability
        for blocks, stride in ((apart, apart.strides[0]), (upwards[-1:], -upwards.strides[0])):
            given = page.coefficients(blocks=blocks.ctypes.data, stride=stride)
            found = detector.detect_image(page.image(given)).probability
            assert np.array_equal(found, expected)


def test_what_no_jpeg_can_be_is_refused_and_says_what_to_do(native, bundle, tmp_path):
    page = jpeg(tmp_path, (150, 203))
    columns = page.blocks.shape[1]
    wrong = {
        "too few columns": (page.coefficients(columns=25), "blocks, but 203x150 pixels have 26x19"),
        "too few rows": (page.coefficients(rows=18), "18 blocks, but 203x150 pixels have 26x19"),
        "no blocks": (page.coefficients(blocks=None), "image.coefficients.blocks must not be NULL"),
        "no table": (page.coefficients(quantization=None), "quantization must not be NULL"),
        "rows that overlap": (page.coefficients(stride=8), "a row of"),
        "rows inside numbers": (page.coefficients(stride=128 * columns + 1), "stride"),
        "no size": (page.coefficients(size=0), "image.coefficients.size is 0"),
        "nothing": (None, "saved as JPEG at quality 100"),
    }
    with native.open(bundle.path) as detector:
        for coefficients, said in wrong.values():
            with pytest.raises(NativeError) as caught:
                detector.detect_image(page.image(coefficients))
            assert caught.value.status == "FRT_INVALID_ARGUMENT" and said in caught.value.message


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ({"recipe": "max"}, "FRT_RECIPE_INVALID", "turns tiles"),
        ({"recipe": "tianchi-fft2"}, "FRT_RECIPE_INVALID", "cuts through blocks"),
        ({"precision": "int8"}, "FRT_BACKEND_UNAVAILABLE", "float32 alone"),
        ({"precision": "bf16"}, "FRT_BACKEND_UNAVAILABLE", "float32 alone"),
    ],
)
def test_what_would_break_blocks_is_refused(native, bundle, options, status, said):
    with pytest.raises(NativeError) as caught, native.open(bundle.path, **options):
        pass
    assert caught.value.status == status and said in caught.value.message


def test_networks_of_pixels_alone_do_not_look_at_them(native, tmp_path):
    page = jpeg(tmp_path, (40, 40))
    with native.open(Bundle.open("fast").path, precision="float32") as detector:
        alone = detector.detect_image(page.image())
        both = detector.detect_image(page.image(page.coefficients()))
        assert detector.describe()["reads_coefficients"] == 0
    assert np.array_equal(alone.probability, both.probability)


def test_a_program_of_before_gives_images_without_them(native, bundle, tmp_path):
    """It knows a shorter structure: what lies behind that is not read."""
    page = jpeg(tmp_path, (40, 40))
    image = page.image(page.coefficients())
    image.size = Image.coefficients.offset
    with native.open(bundle.path) as detector, pytest.raises(NativeError) as caught:
        detector.detect_image(image)
    assert "image.coefficients is NULL" in caught.value.message
