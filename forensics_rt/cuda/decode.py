"""JPEG to pixels on the GPU, by nvJPEG through nvImageCodec. Optional."""

from __future__ import annotations

from forensics_rt.cuda.compile import import_package
from forensics_rt.cuda.driver import require_driver
from forensics_rt.cuda.interchange import DeviceArray, DeviceImage, accept_image
from forensics_rt.cuda.port import Device, Stream
from forensics_rt.errors import CudaUnavailable, ImageTooLarge, ImageUnreadable
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS

_NAME = "<bytes>"


class NvJpegDecoder:
    """Decodes JPEG bytes into the memory of a GPU.

    nvJPEG's arithmetic is not libjpeg-turbo's: some pixels differ by a step or two, and so does,
    slightly, what is found. Where results must be those of the CPU, decode there. Chroma is
    upsampled as libjpeg-turbo does it by default, and orientation is not applied: pixels stay as
    stored.

    Args:
        device: The GPU.
        max_pixels: Largest width × height accepted.

    Raises:
        CudaUnavailable: If there is no driver or the package is missing.

    Example:
        >>> decode = NvJpegDecoder(CudaDevice())  # doctest: +SKIP
        >>> image = decode(open("scan.jpg", "rb").read(), stream)  # doctest: +SKIP
        >>> path(image, plan_for(recipe, *image.shape[:2], sizes))  # doctest: +SKIP
    """

    def __init__(self, device: Device, max_pixels: int = DEFAULT_MAX_PIXELS) -> None:
        """Start the decoder."""
        self._codec = import_package("nvidia.nvimgcodec", "nvidia-nvimgcodec", "nvjpeg")
        require_driver(device.ordinal)
        self._device = device
        self._max_pixels = max_pixels
        try:
            with device.current():
                self._decoder = self._codec.Decoder(
                    device_id=device.ordinal, options=":fancy_upsampling=1"
                )
        except RuntimeError as error:
            raise CudaUnavailable(
                f"nvImageCodec cannot make a decoder: {error}. It needs nvJPEG: "
                "pip install nvidia-nvjpeg"
            ) from error

    def __call__(self, data: bytes, stream: Stream) -> DeviceArray:
        """Decode one image.

        Args:
            data: The JPEG file.
            stream: In whose order the pixels come to be.

        Returns:
            An image on the device: H×W×3 uint8 RGB. It may outlive the decoder, and a stream that
            the device made.

        Raises:
            ImageUnreadable: If it is no JPEG, or a damaged one.
            ImageTooLarge: If it has more pixels than the limit allows.
            EngineFailed: If CUDA fails, as when memory is short.
        """
        codec = self._codec
        try:
            encoded = codec.CodeStream(data)
            name, height, width = encoded.codec_name, encoded.height, encoded.width
        except RuntimeError as error:
            raise ImageUnreadable(_NAME, f"not an image: {error}") from error
        if name != "jpeg":
            raise ImageUnreadable(_NAME, f"must be a JPEG to be decoded on the GPU, but is {name}")
        if encoded.num_channels not in (1, 3):
            raise ImageUnreadable(
                _NAME,
                f"must be gray or color to be decoded on the GPU, but has {encoded.num_channels} "
                "channels; decode it on the CPU",
            )
        if height * width > self._max_pixels:
            raise ImageTooLarge(
                _NAME, f"{width}×{height} pixels, more than the limit of {self._max_pixels}"
            )
        params = codec.DecodeParams(apply_exif_orientation=False, color_spec=codec.ColorSpec.SRGB)
        with self._device.current():
            image = self._decoder.decode(encoded, params=params, cuda_stream=stream.handle)
            if image is None:
                raise ImageUnreadable(
                    _NAME, "nvJPEG cannot decode it: damaged, or a rare kind of JPEG"
                )
            try:
                return self._copied(accept_image(image, self._device, stream), stream)
            finally:
                # nvImageCodec frees its image on the stream, and ends the process where that is
                # gone by then: it must go now, and not with the frame of an error that is kept.
                del image

    def _copied(self, there: DeviceImage, stream: Stream) -> DeviceArray:
        pointer, shape = there.pointer, (there.height, there.width, 3)
        del there
        size = shape[0] * shape[1] * 3
        memory = self._device.allocate(size, stream)  # keeps its stream
        self._device.copy(memory.pointer, pointer, size, stream)
        return DeviceArray(
            self._device, memory.pointer, shape, "uint8", memory, stream, stream.record()
        )
