"""Images read row by row: only the rows asked for are ever in memory."""

from __future__ import annotations

import mmap
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.damage import DAMAGED, HOW_TO_EXAMINE, jpeg_complaint, png_complaint
from forensics_rt.io.damage.tiff import tiff_complaint
from forensics_rt.io.header import Header, read_header
from forensics_rt.io.optional import load_optional
from forensics_rt.io.read_options import WhenDamaged
from forensics_rt.io.reading import opened
from forensics_rt.io.tiff.opening import opened_tiff_page
from forensics_rt.system.closing import Closing

_AT_ONCE = 64
_JPEG = ("JPEG", "MPO")
_COEFFICIENT_BYTES = 2


class RowSource(Protocol):
    """An image whose rows can be had once, from top to bottom.

    Attributes:
        height: In pixels.
        width: In pixels.
        working_bytes: What its decoder and `rows` hold besides what they return.
    """

    height: int
    width: int
    working_bytes: int

    def rows(self, top: int, bottom: int, out: npt.NDArray[np.uint8]) -> None:
        """Decode rows into a (bottom - top)×W×3 RGB array; `top` is never above an earlier one."""
        ...


class FileRows(Closing):
    """Rows of a JPEG, PNG, TIFF or BigTIFF by libvips, equal to what `io.decode` gives.

    Gray, palette, alpha, 16-bit and CMYK pixels become RGB as `decode` makes them so; EXIF
    orientation is not applied. A file whose rows are not known to be equal is refused.

    Args:
        path: The file.
        damaged: `refuse` what its decoder complains of, at the latest when the row is read, or
            `examine` what can be decoded, with a phrase in the header's `conversions`.

    Attributes:
        header: What it says of itself.
        height: In pixels, as stored.
        width: In pixels, as stored.
        working_bytes: What decoding holds at once, estimated.

    Raises:
        OptionalDependency: If pyvips is not installed.
        ImageNotFound: If the file cannot be opened.
        ImageUnreadable: If it is damaged, or cannot be read row by row.

    Example:
        >>> with FileRows("scan.tif") as source:  # doctest: +SKIP
        ...     source.rows(0, 64, np.empty((64, source.width, 3), np.uint8))
    """

    def __init__(self, path: str | Path, damaged: WhenDamaged = "refuse") -> None:
        """Read the header."""
        self._pyvips = load_optional("pyvips", "large", "reading an image row by row")
        self._path, self._damaged = Path(path), damaged
        self.header: Header = self._told_of_damage(read_header(self._path))
        try:
            image = self._open()
            self._region = self._pyvips.Region.new(image)
        except self._pyvips.Error as error:
            raise self._unreadable(error) from error
        self.height, self.width = int(image.height), int(image.width)
        self._bands = int(image.bands)
        self._type = np.uint16 if image.format == "ushort" else np.uint8
        if image.format not in ("uchar", "ushort"):
            raise ImageUnreadable(self.header.name, f"its samples are {image.format}")
        self.working_bytes = self._estimate_working_bytes()

    def rows(self, top: int, bottom: int, out: npt.NDArray[np.uint8]) -> None:
        """Decode rows into an array.

        Args:
            top: First row, none above it may have been asked for before.
            bottom: Last row, excluded.
            out: (bottom - top)×W×3 uint8, written to.

        Raises:
            ImageUnreadable: If the file is truncated or damaged there.
        """
        for first in range(top, bottom, _AT_ONCE):
            count = min(_AT_ONCE, bottom - first)
            try:
                raw = self._region.fetch(0, first, self.width, count)
            except self._pyvips.Error as error:
                raise self._unreadable(error) from error
            samples = np.frombuffer(raw, self._type).reshape(count, self.width, self._bands)
            out[first - top : first - top + count] = _to_rgb(samples, self.header.mode)

    @property
    def libvips_version(self) -> str:
        """Version of libvips."""
        return ".".join(str(self._pyvips.version(part)) for part in range(3))

    def close(self) -> None:
        """Close the file."""
        self._region = None

    def _open(self) -> Any:
        # Not by its name, which libvips would parse for options, take only in UTF-8, and answer
        # with the pixels of an earlier file.
        with opened(self._path) as stream:
            source = self._pyvips.Source.new_from_descriptor(stream.fileno())
        # A damaged file must not pass for a gray one: libvips passes on what libjpeg complains of,
        # and what is wrong with a tile, only so.
        fail_on = "none" if self._damaged == "examine" else "warning"
        return self._pyvips.Image.new_from_source(source, "", access="sequential", fail_on=fail_on)

    def _told_of_damage(self, header: Header) -> Header:
        # Of a JPEG libvips passes it on when it comes to the row; to examine it, it is said before.
        if header.format in _JPEG and self._damaged == "refuse":
            return header
        complaint = _complaint_of(self._path, header.format)
        if complaint is None:
            return header
        if self._damaged == "refuse":
            raise self._damage(header, complaint)
        return replace(header, conversions=(*header.conversions, DAMAGED + complaint))

    def _estimate_working_bytes(self) -> int:
        header = self.header
        stored = self._bands * np.dtype(self._type).itemsize
        # libvips keeps two rows of tiles or strips; ours are the block fetched and its RGB.
        held = self.width * (2 * header.rows_together * stored + _AT_ONCE * (2 * stored + 2 * 3))
        if header.holds_whole_image:
            held += self.height * self.width * self._bands * _COEFFICIENT_BYTES
        return held

    def _unreadable(self, error: Any) -> ImageUnreadable:
        return self._damage(self.header, " ".join(str(error.detail or error.message).split()))

    def _damage(self, header: Header, reason: str) -> ImageUnreadable:
        how = HOW_TO_EXAMINE if self._damaged == "refuse" else ""
        return ImageUnreadable(
            header.name, f"the {header.format} is truncated or damaged: {reason}{how}"
        )


def _complaint_of(path: Path, kind: str) -> str | None:
    """Say what is wrong with a file too large for memory: it is looked through where it lies."""
    with opened(path) as stream:
        if kind == "TIFF":
            with opened_tiff_page(stream, 1, "") as (image, _):
                return tiff_complaint(stream, image.tag_v2)
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return png_complaint(data) if kind == "PNG" else jpeg_complaint(data)


def _to_rgb(samples: npt.NDArray[Any], mode: str) -> npt.NDArray[np.uint8]:
    """Do to H×W×C samples what `io.convert` does to a whole image."""
    if samples.dtype == np.uint16:
        samples = (samples >> 8).astype(np.uint8)
    if mode == "CMYK":
        return np.asarray(Image.fromarray(np.ascontiguousarray(samples), "CMYK").convert("RGB"))
    return samples[:, :, :3] if samples.shape[2] >= 3 else samples[:, :, :1]
