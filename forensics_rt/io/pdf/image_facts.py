"""What the dictionary of an image in a PDF says that PDFium does not tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pikepdf

_COMPONENTS = {
    "/DeviceGray": 1, "/CalGray": 1, "/Indexed": 1, "/Separation": 1, "/DeviceRGB": 3,
    "/CalRGB": 3, "/Lab": 3, "/DeviceCMYK": 4,
}  # fmt: skip


@dataclass(frozen=True)
class FaxCoding:
    """Parameters of a fax stream: ISO 32000, table 11.

    Attributes:
        k: Below 0 for Group 4, 0 for Group 3 in one dimension, above in two.
        columns: Pixels a row.
        rows: How many there are; 0 where the stream does not say.
        aligned: Whether each row begins with a byte, and no end of line stands before it.
    """

    k: int
    columns: int
    rows: int
    aligned: bool


@dataclass(frozen=True)
class ImageFacts:
    """What an image says of itself.

    Attributes:
        mask: Samples across and down of its mask; `None` where it has none.
        fax: How its fax data is coded; `None` for other data.
        row_bytes: How many bytes a row of its samples takes that no codec compresses; `None` where
            that is not known.
    """

    mask: tuple[int, int] | None = None
    fax: FaxCoding | None = None
    row_bytes: int | None = None


def image_facts(image: Any) -> ImageFacts:
    """Read the facts from an image of qpdf's."""
    mask = image.get("/SMask", image.get("/Mask"))
    is_fax = first_of(image.get("/Filter")) == "/CCITTFaxDecode"
    return ImageFacts(
        (int(mask.Width), int(mask.Height)) if isinstance(mask, pikepdf.Stream) else None,
        _fax_coding(first_of(image.get("/DecodeParms"))) if is_fax else None,
        _row_bytes(image),
    )


def first_of(value: Any) -> Any:
    """Return the first of several filters or parameters, or the only one."""
    return next(iter(value), None) if isinstance(value, pikepdf.Array) else value


def _fax_coding(parameters: Any) -> FaxCoding:
    parameters = {} if parameters is None else parameters
    return FaxCoding(
        int(parameters.get("/K", 0)),
        int(parameters.get("/Columns", 1728)),
        int(parameters.get("/Rows", 0)),
        bool(parameters.get("/EncodedByteAlign", False))
        and not bool(parameters.get("/EndOfLine", False)),
    )


def _row_bytes(image: Any) -> int | None:
    if image.get("/ImageMask", False):
        bits = 1
    else:
        components = _components(image.get("/ColorSpace"))
        if components is None or "/BitsPerComponent" not in image:
            return None
        bits = components * int(image.BitsPerComponent)
    return -(-int(image.Width) * bits // 8)


def _components(space: Any) -> int | None:
    if not isinstance(space, pikepdf.Array) or not len(space):
        return _COMPONENTS.get(str(space))
    if space[0] == "/ICCBased":
        return int(space[1].get("/N", 0)) or None
    return len(space[1]) if space[0] == "/DeviceN" else _COMPONENTS.get(str(space[0]))
