"""The pixels of an opened image as 8-bit RGB, and what its decoder complains of on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from forensics_rt.io.convert import Converted, NotConvertible, check_convertible, convert_to_rgb
from forensics_rt.io.damage import DAMAGED, HOW_TO_EXAMINE
from forensics_rt.io.damage.jpeg import decode_jpeg, jpeg_complaint
from forensics_rt.io.depth import PixelSamples, deep_jpeg2000, samples_of
from forensics_rt.io.formats import file_complaint
from forensics_rt.io.read_options import WhenDamaged

_JPEG = ("JPEG", "MPO")


def pixels_of(image: Image.Image, data: bytes, damaged: WhenDamaged) -> Converted:
    """Decode an opened image to 8-bit RGB, as stored.

    Args:
        image: It.
        data: The file, if it is at hand, and the image stands at its first picture.
        damaged: What to do with one that its decoder complains of: `refuse` it, or `examine` what
            can be decoded, with a phrase in `conversions`.

    Raises:
        NotConvertible: Where no conversion is sound.
        ValueError: If it is damaged and to be refused.
        Exception: Whatever Pillow raises where it cannot be decoded.
    """
    check_convertible(image)
    if data and image.format in _JPEG and image.mode in ("L", "RGB"):
        converted = _of_jpeg(image, data)
        if converted is not None:
            return _told(converted, converted.complaint, damaged)
    undecoded = bool(getattr(image, "tile", ()))
    data = data or _bytes_behind(image)
    complaint = _complaint(image, data) if undecoded or data else None
    if complaint is not None and damaged == "refuse":
        raise ValueError(complaint + HOW_TO_EXAMINE)
    found = _convert(image, data, damaged)
    return _told(found, complaint or found.complaint, damaged)


def _of_jpeg(image: Image.Image, data: bytes) -> Converted | None:
    # One way through the data gives both the pixels and what libjpeg says of them.
    decoded = decode_jpeg(data)
    if decoded is None or decoded[0].shape[1::-1] != image.size:
        return None
    return Converted(decoded[0], ("gray to RGB",) if image.mode == "L" else (), decoded[1])


def _convert(image: Image.Image, data: bytes, damaged: WhenDamaged) -> Converted:
    samples = samples_of(data, image.format) if data else PixelSamples()
    if samples.signed:
        raise NotConvertible(
            f"{image.format} of signed samples cannot be read; save it with unsigned ones"
        )
    steps: tuple[str, ...] = ()
    bits = image.info.get("bit_depth") or samples.bits
    if bits > 8 and not image.mode.startswith("I"):
        steps = (f"{bits}-bit channels reduced to 8 bits",)
    if samples.channels and samples.bits > 8 and not image.mode.startswith("I"):
        deep = deep_jpeg2000(data, samples)
        alpha = ("alpha dropped, colors as stored",) if samples.channels > 3 else ()
        return Converted(deep, steps + alpha)
    converted = convert_to_rgb(image, damaged)
    if samples.channels and samples.bits < 8 and image.mode in ("L", "LA", "RGB", "RGBA"):
        converted = replace(converted, pixels=_full_range(converted.pixels, samples.bits))
        steps = (f"{samples.bits}-bit channels scaled to 8 bits",)
    return replace(converted, conversions=steps + converted.conversions)


def _full_range(pixels: npt.NDArray[np.uint8], bits: int) -> npt.NDArray[np.uint8]:
    """Make the highest value white: Pillow moves fewer bits than 8 up, and leaves the rest 0."""
    table = (np.arange(256) >> (8 - bits)) * 255 // ((1 << bits) - 1)
    return np.asarray(table.astype(np.uint8)[pixels])


def _told(converted: Converted, complaint: str | None, damaged: WhenDamaged) -> Converted:
    if complaint is None:
        return converted
    if damaged == "refuse":
        raise ValueError(complaint + HOW_TO_EXAMINE)
    if not np.ptp(converted.pixels):
        raise ValueError(f"{complaint}; nothing of it can be decoded")
    return replace(converted, conversions=(*converted.conversions, DAMAGED + complaint))


def _complaint(image: Image.Image, data: bytes) -> str | None:
    if isinstance(image, TiffImageFile):
        from forensics_rt.io.damage.tiff import tiff_complaint  # decoders of its own, each a file

        return tiff_complaint(image.fp, image.tag_v2) if image.fp else None  # type: ignore[arg-type]
    if image.format in _JPEG:
        return jpeg_complaint(data)
    return file_complaint(data, image.format)


def _bytes_behind(image: Image.Image) -> bytes:
    """Return the file of an image that somebody opened, as long as nothing of it is decoded."""
    stream = getattr(image, "fp", None)
    if stream is None or not getattr(image, "tile", ()) or isinstance(image, TiffImageFile):
        return b""
    place = stream.tell()
    stream.seek(0)
    data: bytes = stream.read()
    stream.seek(place)  # where Pillow goes on
    return data
