"""What surrounds nvJPEG; the package itself is played."""

import sys
from types import SimpleNamespace

import pytest

from forensics_rt.cuda import decode
from forensics_rt.cuda.decode import NvJpegDecoder
from forensics_rt.cuda.driver import DriverStatus
from forensics_rt.errors import CudaUnavailable, ImageTooLarge, ImageUnreadable
from tests.cuda.host_device import HostDevice

JPEG = SimpleNamespace(codec_name="jpeg", height=30, width=40, num_channels=3)


def played(encoded=JPEG, pixels="pixels", fails=None):
    """An nvimgcodec that finds a file of this kind and decodes it to this."""
    log = []

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
            return pixels

    return SimpleNamespace(
        CodeStream=code_stream,
        Decoder=Decoder,
        DecodeParams=lambda **wishes: wishes,
        ColorSpec=SimpleNamespace(SRGB="sRGB"),
        log=log,
    )


@pytest.fixture
def device(monkeypatch):
    monkeypatch.setattr(decode, "require_driver", lambda ordinal: DriverStatus(None, (13, 0), 1))
    return HostDevice()


def install(monkeypatch, package):
    monkeypatch.setitem(sys.modules, "nvidia.nvimgcodec", package)


def test_pixels_come_as_stored_in_the_order_of_the_stream(monkeypatch, device):
    package = played()
    install(monkeypatch, package)
    stream = device.create_stream()

    assert NvJpegDecoder(device)(b"...", stream) == "pixels"

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
