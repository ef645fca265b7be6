"""What surrounds nvJPEG; the package itself is played."""

import sys
import weakref
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from forensics_rt.cuda import decode
from forensics_rt.cuda.decode import NvJpegDecoder
from forensics_rt.cuda.driver import DriverStatus
from forensics_rt.cuda.interchange import accept_image
from forensics_rt.errors import CudaUnavailable, ImageTooLarge, ImageUnreadable
from tests.cuda.host_device import HostDevice

JPEG = SimpleNamespace(codec_name="jpeg", height=30, width=40, num_channels=3)
PIXELS = np.random.default_rng(8).integers(0, 256, (30, 40, 3)).astype(np.uint8)


class PlayedImage:
    """An image of nvimgcodec: freed in the order of the stream, which must be there by then."""

    def __init__(self, pixels, stream):
        self._held = pixels.copy()
        weakref.finalize(self, stream.queue.append, partial(self._held.fill, 0))

    @property
    def __cuda_array_interface__(self):
        facts = self._held.__array_interface__
        return {"shape": facts["shape"], "typestr": "|u1", "data": facts["data"], "strides": None}


def played(encoded=JPEG, pixels=PIXELS, fails=None, device=None):
    """An nvimgcodec that finds a file of this kind and decodes it to this."""
    log, images = [], weakref.WeakSet()

    def code_stream(data):
        if isinstance(encoded, Exception):
            raise encoded
        return encoded

    class Decoder:
        def __init__(self, **options):
            if fails:
                raise fails
            log.append(options)

        def decode(self, stream, **options):
            log.append(options)
            if pixels is None:
                return None
            image = PlayedImage(pixels, device.adopt_stream(options["cuda_stream"]))
            images.add(image)
            return image

    return SimpleNamespace(
        CodeStream=code_stream,
        Decoder=Decoder,
        DecodeParams=lambda **wishes: wishes,
        ColorSpec=SimpleNamespace(SRGB="sRGB"),
        log=log,
        images=images,
    )


@pytest.fixture
def device(monkeypatch):
    monkeypatch.setattr(decode, "require_driver", lambda ordinal: DriverStatus(None, (13, 0), 1))
    return HostDevice()


def on_host(image, device, stream):
    with device.current():
        there = accept_image(image, device, stream)
        found = np.empty((there.height, there.width, 3), np.uint8)
        device.copy(found.ctypes.data, there.pointer, found.size, stream)
        stream.synchronize()
    return found


def install(monkeypatch, package):
    monkeypatch.setitem(sys.modules, "nvidia.nvimgcodec", package)


def test_pixels_come_as_stored_in_the_order_of_the_stream(monkeypatch, device):
    package = played(device=device)
    install(monkeypatch, package)
    stream = device.create_stream()

    image = NvJpegDecoder(device)(b"...", stream)

    assert not package.images, "its memory is freed on the stream, so while there is the stream"
    assert np.array_equal(on_host(image, device, stream), PIXELS)
    options, wishes = package.log
    assert options == {"device_id": 0, "options": ":fancy_upsampling=1"}
    assert wishes["cuda_stream"] == stream.handle
    assert wishes["params"] == {"apply_exif_orientation": False, "color_spec": "sRGB"}


@pytest.mark.parametrize(
    ("package", "error", "cause"),
    [
        (played(RuntimeError("no magic")), ImageUnreadable, "not an image: no magic"),
        (played(SimpleNamespace(**{**vars(JPEG), "codec_name": "png"})), ImageUnreadable, "is png"),
        (played(SimpleNamespace(**{**vars(JPEG), "num_channels": 4})), ImageUnreadable, "4 channe"),
        (played(SimpleNamespace(**{**vars(JPEG), "width": 34})), ImageTooLarge, "34×30 pixels"),
        (played(SimpleNamespace(**{**vars(JPEG), "width": 33}), None), ImageUnreadable, "damaged"),
    ],
)
def test_what_cannot_be_decoded_says_why(monkeypatch, device, package, error, cause):
    install(monkeypatch, package)
    decoder = NvJpegDecoder(device, max_pixels=1000)

    with pytest.raises(error, match=cause):
        decoder(b"...", device.create_stream())


def test_without_the_package_there_is_an_error_that_says_what_to_install(monkeypatch, device):
    install(monkeypatch, None)
    with pytest.raises(CudaUnavailable, match=r"pip install 'forensics_rt\[nvjpeg\]'"):
        NvJpegDecoder(device)


def test_without_nvjpeg_too(monkeypatch, device):
    install(monkeypatch, played(fails=RuntimeError("Code: 8")))
    with pytest.raises(CudaUnavailable, match="It needs nvJPEG: pip install nvidia-nvjpeg"):
        NvJpegDecoder(device)
