"""How deep the samples of a file are where Pillow decodes it to 8 bits without a warning."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.io.convert import NotConvertible

# Start of a JPEG 2000 codestream and its image size; ISO/IEC 15444-1, A.4.1 and A.5.1.
_CODESTREAM = b"\xff\x4f\xff\x51"
_TO_COMPONENTS, _COMPONENT_BYTES = 40, 3
_SIGNED, _DEPTH = 0x80, 0x7F
# Box of an AV1 decoder's settings; AV1 Codec ISO Media File Format Binding, 2.3.3.
_AV1_SETTINGS = b"av1C"
_TO_AV1_FLAGS, _HIGH_DEPTH, _TWELVE_BITS = 6, 0x40, 0x20
# Enumerated color space of YCbCr; ISO/IEC 15444-1, I.5.3.3.
_COLOR_BOX, _YCBCR = b"colr\x01", 18


@dataclass(frozen=True)
class PixelSamples:
    """The samples of a file.

    Attributes:
        bits: Of the deepest channel.
        signed: Whether any channel has negative values.
        alike: Whether all channels have as many bits, and as many samples.
        channels: How many; 0 where nobody has looked.
    """

    bits: int = 8
    signed: bool = False
    alike: bool = True
    channels: int = 0


def samples_of(data: bytes, kind: str | None) -> PixelSamples:
    """Return what the samples of a JPEG 2000 or AVIF are; those of every other kind pass for 8 bit.

    Args:
        data: The encoded file.
        kind: Its format, as Pillow names it.

    Example:
        >>> samples_of(b"", "JPEG").bits
        8
    """
    if kind == "JPEG2000":
        return _of_jpeg2000(data)
    if kind == "AVIF":
        flags = data[data.find(_AV1_SETTINGS) + _TO_AV1_FLAGS]
        return PixelSamples((12 if flags & _TWELVE_BITS else 10) if flags & _HIGH_DEPTH else 8)
    return PixelSamples()


def deep_jpeg2000(data: bytes, samples: PixelSamples) -> npt.NDArray[np.uint8]:
    """Decode a JPEG 2000 of three channels, or four with alpha, each of 9 to 16 bits.

    Pillow turns the white of its colors to black.

    Args:
        data: The file.
        samples: What `samples_of` says of it.

    Returns:
        H×W×3 uint8 RGB, the high 8 bits of each sample.

    Raises:
        NotConvertible: If it is of another kind.
        ValueError: If the data is damaged.
    """
    of = f"JPEG 2000 of {samples.bits} bits a sample"
    if samples.channels not in (3, 4):
        raise NotConvertible(
            f"{of} in {samples.channels} channels cannot be read; save it with 8 bits"
        )
    if not samples.alike:
        raise NotConvertible(
            f"{of} whose channels differ in depth or size cannot be read; save it with 8 bits"
        )
    if samples.bits > 16:
        raise NotConvertible(f"{of} cannot be read; save it with 16 or 8 bits")
    box = data.find(_COLOR_BOX)
    if box >= 0 and int.from_bytes(data[box + 7 : box + 11], "big") == _YCBCR:
        raise NotConvertible(f"{of} in YCbCr cannot be read; save it in RGB")
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if stored is None:
        raise ValueError("OpenJPEG cannot decode it")
    high = np.asarray(stored, np.uint16)[:, :, 2::-1] >> (samples.bits - 8)
    return np.ascontiguousarray(high, np.uint8)


def _of_jpeg2000(data: bytes) -> PixelSamples:
    place = data.find(_CODESTREAM) + _TO_COMPONENTS
    channels = int.from_bytes(data[place : place + 2], "big")
    table = data[place + 2 : place + 2 + channels * _COMPONENT_BYTES]
    each = {table[at : at + _COMPONENT_BYTES] for at in range(0, len(table), _COMPONENT_BYTES)}
    depths = [(one[0] & _DEPTH) + 1 for one in each]
    signed = any(one[0] & _SIGNED for one in each)
    return PixelSamples(max(depths), signed, len(each) == 1, channels)
