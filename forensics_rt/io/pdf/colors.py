"""The color space of an image of a page, in Pillow's words and in phrases."""

from __future__ import annotations

from collections.abc import Sequence

from pypdfium2 import raw

from forensics_rt.io.pdf.things import StoredImage

_NAMED = {
    raw.FPDF_COLORSPACE_DEVICEGRAY: "L",
    raw.FPDF_COLORSPACE_CALGRAY: "L",
    raw.FPDF_COLORSPACE_DEVICERGB: "RGB",
    raw.FPDF_COLORSPACE_CALRGB: "RGB",
    raw.FPDF_COLORSPACE_DEVICECMYK: "CMYK",
    raw.FPDF_COLORSPACE_INDEXED: "P",
    raw.FPDF_COLORSPACE_LAB: "Lab",
    raw.FPDF_COLORSPACE_SEPARATION: "Separation",
    raw.FPDF_COLORSPACE_DEVICEN: "DeviceN",
    raw.FPDF_COLORSPACE_PATTERN: "Pattern",
}
_BY_BITS = {24: "RGB", 48: "RGB", 32: "CMYK", 64: "CMYK"}
_STEPS = {"L": "gray to RGB", "P": "palette to RGB", "1": "stencil mask, in its fill color"}
_CHANNELS = {"L": 1, "RGB": 3, "CMYK": 4}


def mode_of(images: Sequence[StoredImage]) -> str:
    """Return the pixel mode of a page's images: `L`, `RGB`, `CMYK`, `P`, `1`, or the name in PDF.

    `RGB` where there is none, or where they differ.
    """
    modes = {_mode(image) for image in images}
    return modes.pop() if len(modes) == 1 else "RGB"


def colors_told(images: Sequence[StoredImage]) -> tuple[str, ...]:
    """Return a phrase for each step from the color spaces of images to 8-bit RGB."""
    said = []
    for image in images:
        mode = _mode(image)
        if image.bits >= 16 * _CHANNELS.get(mode, 99):
            said.append("16-bit channels reduced to 8 bits")
        if mode != "RGB":
            said.append(_STEPS.get(mode, f"{mode} to RGB as PDFium converts it"))
    return tuple(dict.fromkeys(said))


def _mode(image: StoredImage) -> str:
    if image.bits == 1 and image.colors == raw.FPDF_COLORSPACE_UNKNOWN:
        return "1"  # a stencil through which the page is painted
    return _NAMED.get(image.colors) or _BY_BITS.get(image.bits, "L")
