"""nvJPEG itself. Run with `pytest -m gpu tests/cuda`."""

import math

import cv2
import numpy as np
import pytest

from forensics_rt.bench.pages import made_up_pages
from forensics_rt.cuda.decode import NvJpegDecoder
from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.cuda.interchange import accept_image
from forensics_rt.errors import CudaUnavailable, ImageUnreadable
from tests.cuda.host_engine import HostEngine
from tests.cuda.test_device_path import BLENDS, planned

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def decode(device):
    try:
        return NvJpegDecoder(device)
    except CudaUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def page():
    """A page of text as a JPEG with halved chroma, and its pixels as libjpeg-turbo decodes them."""
    jpeg = next(made_up_pages(1, 300)).data
    return jpeg, cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)


def pixels_of(image, device, stream):
    with device.current():
        there = accept_image(image, device, stream)  # the stream waits for the decoder's
        fetched = device.allocate_pinned(math.prod(image.shape))
        device.copy(fetched.pointer, there.pointer, fetched.size, stream)
        stream.synchronize()
        return fetched.array.reshape(image.shape).copy()


def test_nvjpeg_decodes_as_libjpeg_turbo_does_but_for_a_step_or_two(device, decode, page):
    jpeg, expected = page
    with device.current():
        stream = device.create_stream()
    found = pixels_of(decode(jpeg, stream), device, stream)

    assert found.shape == expected.shape
    difference = np.abs(found.astype(int) - expected)
    print(f"nvJPEG and libjpeg-turbo: at most {difference.max()}, {difference.mean():.4f} in mean")
    assert difference.max() <= 4


def test_a_jpeg_goes_from_its_bytes_to_its_map_on_the_gpu(device, decode, page):
    jpeg, _ = page
    path = DevicePath(device, HostEngine(device), BLENDS, (1.0, 2.5), 5)
    with device.current():
        stream = device.create_stream()
    image = decode(jpeg, stream)
    pixels = pixels_of(image, device, stream)
    ((_, plan),) = planned(BLENDS, [pixels])

    assert np.array_equal(path(image, plan).probability, path(pixels, plan).probability)


def test_a_damaged_jpeg_is_an_error(device, decode):
    with device.current():
        stream = device.create_stream()
    with pytest.raises(ImageUnreadable):
        decode(b"\xff\xd8\xff\xe0 nothing that follows", stream)


def test_an_image_outlives_the_stream_that_it_was_decoded_on(device, decode, page):
    jpeg, expected = page
    for _ in range(100):
        with device.current():
            stream = device.create_stream()
        image = decode(jpeg, stream)
        del stream
        with device.current():
            other = device.create_stream()
        found = pixels_of(image, device, other)
        assert np.abs(found.astype(int) - expected).max() <= 4
