"""How a JPEG is coded: what its segments say, whether or not its pixels can be decoded."""

from __future__ import annotations

from dataclasses import dataclass

from forensics_rt.report.facts.jpeg_segments import END, SCAN, Segment, segments
from forensics_rt.report.facts.quantization import QuantizationTable, quantization_tables

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_CODINGS = {
    0xC0: "baseline",
    0xC1: "extended sequential",
    0xC2: "progressive",
    0xC3: "lossless",
    0xC9: "sequential, arithmetic coding",
    0xCA: "progressive, arithmetic coding",
}
_DRI, _COMMENT, _APP0, _APP14 = 0xDD, 0xFE, 0xE0, 0xEE
# Two samples of brightness across and down for one of color, and so on (ITU-R's names).
_SUBSAMPLINGS = {
    (1, 1): "4:4:4",
    (2, 1): "4:2:2",
    (2, 2): "4:2:0",
    (1, 2): "4:4:0",
    (4, 1): "4:1:1",
}
_KNOWN = (
    (b"JFIF\0", "JFIF"),
    (b"JFXX\0", "JFIF extension"),
    (b"Exif\0", "EXIF"),
    (b"http://ns.adobe.com/xap/1.0/\0", "XMP"),
    (b"http://ns.adobe.com/xmp/extension/\0", "XMP, continued"),
    (b"ICC_PROFILE\0", "color profile"),
    (b"Photoshop 3.0\0", "Photoshop or IPTC"),
    (b"Adobe", "Adobe"),
    (b"MPF\0", "several pictures (MPF)"),
    (b"Ducky", "Ducky (Photoshop, save for web)"),
)
_CONTENT_CREDENTIALS = b"c2pa"
_MOST_COMMENTS = 10


@dataclass(frozen=True)
class JpegFacts:
    """How a JPEG is coded.

    Attributes:
        coding: Such as `baseline` or `progressive`; `None` where no frame was found.
        scans: How many scans hold its pixels.
        tables: Quantization tables.
        subsampling: Of the color, such as `4:2:0`; `None` for gray, or where it is not known.
        restart_interval: Blocks between two restart markers; 0 for none.
        contents: What its segments hold, in order, such as `JFIF` and `EXIF`.
        comments: Texts that a program left.
        bytes_after_end: How many bytes follow the end of the picture; `None` where it has no end.
        content_credentials: Whether it holds content credentials (C2PA); they are not checked.
    """

    coding: str | None
    scans: int
    tables: tuple[QuantizationTable, ...]
    subsampling: str | None
    restart_interval: int
    contents: tuple[str, ...]
    comments: tuple[str, ...]
    bytes_after_end: int | None
    content_credentials: bool

    @property
    def quality(self) -> tuple[int, bool] | None:
        """Estimated quality, 1 to 100, and whether it is exact; `None` without a table."""
        return self.tables[0].quality if self.tables else None


def jpeg_facts(data: bytes) -> JpegFacts:
    """Read how a JPEG is coded; of a damaged one, what stands before the damage.

    Args:
        data: The file, or the stream of an image in a PDF.

    Example:
        >>> jpeg_facts(bytes.fromhex("ffd8ffd9")).bytes_after_end
        0
    """
    found = list(segments(data))
    frame = next((segment for segment in found if segment.marker in _FRAMES), None)
    end = next((segment.start for segment in found if segment.marker == END), None)
    restarts = [segment.body for segment in found if segment.marker == _DRI]
    comments = [segment.body for segment in found if segment.marker == _COMMENT]
    return JpegFacts(
        coding=None if frame is None else _CODINGS.get(frame.marker, f"type {frame.marker:#x}"),
        scans=sum(segment.marker == SCAN for segment in found),
        tables=quantization_tables(found),
        subsampling=None if frame is None else _subsampling(frame.body),
        restart_interval=int.from_bytes(restarts[-1][:2], "big") if restarts else 0,
        contents=tuple(dict.fromkeys(name for one in found if (name := _content(one)))),
        comments=tuple(text.decode("utf-8", "replace") for text in comments[:_MOST_COMMENTS]),
        bytes_after_end=None if end is None else len(data) - end,
        content_credentials=any(
            segment.marker == 0xEB and _CONTENT_CREDENTIALS in segment.body for segment in found
        ),
    )


def exif_block(data: bytes) -> bytes | None:
    """Return the TIFF structure of the EXIF of a JPEG; `None` for none."""
    for segment in segments(data):
        if segment.marker == 0xE1 and segment.body.startswith(b"Exif\0"):
            return segment.body[6:]
        if segment.marker == SCAN:
            return None
    return None


def _subsampling(frame: bytes) -> str | None:
    count = frame[5] if len(frame) > 5 else 0
    factors = [(one[1] >> 4, one[1] & 15) for k in range(count) if (one := frame[6 + 3 * k :])[2:]]
    if len(factors) < 3 or not all(across and down for across, down in factors):
        return None
    written = ", ".join(f"{across}×{down}" for across, down in factors)
    (across, down), color = factors[0], factors[1]
    if factors[1] != factors[2] or across % color[0] or down % color[1]:
        return written
    ratio = across // color[0], down // color[1]
    return f"{_SUBSAMPLINGS[ratio]} ({written})" if ratio in _SUBSAMPLINGS else written


def _content(segment: Segment) -> str | None:
    if not _APP0 <= segment.marker <= 0xEF:
        return None
    for start, name in _KNOWN:
        if segment.body.startswith(start):
            return name
    if segment.marker == 0xEB and _CONTENT_CREDENTIALS in segment.body:
        return "content credentials (C2PA)"
    return f"APP{segment.marker - _APP0}"
