"""Arrays as users of other libraries hold them: taken, or refused in one line that says the way."""

import hashlib
import os

import numpy as np
import pytest
from PIL import Image

from forensics_rt.errors import InvalidArray
from forensics_rt.io.decode import decode
from forensics_rt.io.inputs import name_of
from forensics_rt.io.size import pixel_count
from tests.io.images import encode, noise

GRAY = noise()[..., 0]


@pytest.mark.parametrize("gray", [GRAY, GRAY[..., None], GRAY.tolist(), tuple(GRAY.tolist())])
def test_gray_becomes_rgb(gray):
    decoded = decode(gray)

    assert np.array_equal(decoded.pixels, np.dstack([GRAY] * 3))
    assert decoded.mode == "L" and decoded.conversions == ("gray to RGB",)
    assert decoded.sha256 == hashlib.sha256(GRAY.tobytes()).hexdigest()
    assert pixel_count(gray) == GRAY.size and name_of(gray) == "<array>"


def test_alpha_is_dropped_and_the_colors_stay_as_stored():
    rgba = np.dstack([noise(), np.zeros_like(GRAY)])

    decoded = decode(rgba)

    assert np.array_equal(decoded.pixels, noise()) and decoded.pixels.flags.c_contiguous
    assert decoded.mode == "RGBA"
    assert decoded.conversions == ("alpha dropped, colors as stored",)
    assert decoded.sha256 == hashlib.sha256(rgba.tobytes()).hexdigest()
    assert decode(Image.fromarray(rgba)).conversions == decoded.conversions


def test_rgb_is_not_converted_whatever_its_order_in_memory():
    for given in (noise(), noise().tolist(), np.asfortranarray(noise()), noise().copy()[::1]):
        decoded = decode(given)
        assert np.array_equal(decoded.pixels, noise())
        assert decoded.conversions == () and decoded.mode == "RGB"


def test_a_tensor_of_torch_is_an_array():
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(noise().copy())

    decoded = decode(tensor)

    assert np.array_equal(decoded.pixels, noise()) and decoded.name == "<array>"
    assert pixel_count(tensor) == noise().size // 3
    tensor[:] = 0
    assert np.array_equal(decoded.pixels, noise()), "it is a copy"
    with pytest.raises(InvalidArray, match=r"tensor\.permute\(1, 2, 0\)"):
        decode(tensor.permute(2, 0, 1))
    with pytest.raises(InvalidArray, match=r"\(255 \* array\)\.round\(\)"):
        decode(torch.zeros(4, 4, 3, requires_grad=True))
    with pytest.raises(InvalidArray, match=r"numpy cannot read this torch Tensor: .*BFloat16"):
        decode(torch.zeros(4, 4, 3, dtype=torch.bfloat16))


class OnGpu:
    """A tensor as torch has it on a GPU."""

    device = "cuda:1"
    shape = (4, 4, 3)

    def __array__(self):
        raise TypeError("can't convert cuda:1 device type tensor to numpy")


class OfCupy:
    """An array as CuPy has it."""

    @property
    def __cuda_array_interface__(self):
        return {"shape": (4, 4, 3)}


@pytest.mark.parametrize("array", [OnGpu(), OfCupy()])
def test_what_lies_on_a_gpu_is_sent_where_it_can_stay(array):
    with pytest.raises(InvalidArray, match=r"detector\.maps\(image\) leaves it there.*\.cpu\(\)"):
        decode(array)


@pytest.mark.parametrize(
    ("array", "advice"),
    [
        ([noise(), noise()], r"a list of 2 images; take detector\.stream\(images\)"),
        (["a.jpg", "b.jpg"], r"a list of 2 images; take detector\.stream\(images\)"),
        (np.stack([noise()] * 2), r"for 2 images take detector\.stream\(list\(images\)\)"),
        (noise().transpose(2, 0, 1), r"array\.transpose\(1, 2, 0\)"),
        (noise() / 255, r"if its values are 0–1: \(255 \* array\)"),
        (noise().astype(int), r"if its values are 0–255: array\.astype"),
        (noise() > 9, r"array\.astype\('uint8'\) \* 255"),
        ([[0, 256]], "got shape"),
        (np.ma.masked_equal(np.uint8([[0, 9]]), 9), r"but 1 of 2 are masked; give array\.filled"),
        ([[0, 1], [2]], "its lists do not form an image"),
        ([], "got shape"),
        ([["a"]], "a list of 1 images"),
    ],
)
def test_the_way_is_said(array, advice):
    with pytest.raises(InvalidArray, match=advice) as caught:
        decode(array)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("as_bytes", [False, True])
def test_an_entry_of_a_folder_is_a_path(tmp_path, as_bytes):
    (tmp_path / "scan.png").write_bytes(encode("PNG"))
    (entry,) = os.scandir(os.fsencode(tmp_path) if as_bytes else tmp_path)

    decoded = decode(entry)

    assert np.array_equal(decoded.pixels, noise())
    assert decoded.name == str(tmp_path / "scan.png") and pixel_count(entry) == 2400


def test_whatever_names_a_path_is_one(tmp_path):
    class Named:
        def __fspath__(self):
            return str(tmp_path / "scan.png")

    (tmp_path / "scan.png").write_bytes(encode("PNG"))

    assert decode(Named()).name == str(tmp_path / "scan.png")
    assert pixel_count(Named()) == 2400
