"""All facts of one file, gathered once however many of its pages are examined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.errors import ForensicsError
from forensics_rt.io.file_source import FileSource
from forensics_rt.io.pdf.attachment import opened_source
from forensics_rt.io.pdf.signature import is_pdf
from forensics_rt.report.facts.coefficients import decoded_brightness
from forensics_rt.report.facts.double_compression import DoubleCompression, double_compression
from forensics_rt.report.facts.exif import metadata_of
from forensics_rt.report.facts.fact import Fact, FactTable
from forensics_rt.report.facts.jpeg import JpegFacts, jpeg_facts
from forensics_rt.report.facts.jpeg_segments import is_jpeg
from forensics_rt.report.facts.pdf import pdf_facts
from forensics_rt.report.facts.pdf_images import jpegs_of
from forensics_rt.report.facts.tables import exif_table, jpeg_table, pdf_tables
from forensics_rt.report.facts.thumbnail import decoded_thumbnail

MOST_BYTES = 512_000_000


@dataclass(frozen=True, eq=False)
class FileFacts:
    """What is known of a file.

    Attributes:
        size: In bytes; `None` where it could not be read again.
        tables: EXIF, JPEG and PDF facts.
        thumbnail: A small picture that EXIF holds, H×W×3 uint8 RGB; `None` for none, or for one
            that cannot be decoded.
    """

    size: int | None
    tables: tuple[FactTable, ...]
    thumbnail: npt.NDArray[np.uint8] | None = None


def read_again(source: FileSource, password: str | None = None) -> bytes | str:
    """Read a file for its facts, or say why that is not possible.

    Args:
        source: Where its bytes are.
        password: What opens the PDF that an attachment comes from; `None` for no password.
    """
    try:
        with opened_source(source, password) as stream:
            data = stream.read(MOST_BYTES + 1)
    except (ForensicsError, OSError) as error:
        return str(error)
    if len(data) > MOST_BYTES:
        return f"it is larger than {MOST_BYTES / 1e6:.0f} MB, the limit for facts of a file"
    return data


def file_facts(data: bytes, password: str | None = None) -> FileFacts:
    """Gather the facts of a file from its bytes.

    Args:
        data: The file.
        password: What opens a locked PDF; `None` for no password.
    """
    if is_pdf(data):
        tables = list(pdf_tables(pdf_facts(data, password)))
        for place, stream in jpegs_of(data, password):
            tables.append(_jpeg(stream, f"JPEG compression of the image {place}"))
        return FileFacts(len(data), tuple(tables))
    metadata = metadata_of(data)
    tables = [exif_table(metadata)]
    if is_jpeg(data):
        tables.append(_jpeg(data, "JPEG compression"))
    small = None if metadata.thumbnail is None else decoded_thumbnail(metadata.thumbnail)
    return FileFacts(len(data), tuple(tables), small)


def no_facts(reason: str) -> FileFacts:
    """Say in a table why there are no facts of a file."""
    return FileFacts(None, (FactTable("The file", (Fact("facts of the file", reason),)),))


def _jpeg(data: bytes, title: str) -> FactTable:
    found = jpeg_facts(data)
    return jpeg_table(found, _earlier(data, found), title)


def _earlier(data: bytes, found: JpegFacts) -> DoubleCompression | None:
    if not found.tables or found.coding in (None, "lossless"):
        return None
    try:
        return double_compression(decoded_brightness(data), found.tables[0].steps)
    except (ValueError, MemoryError):  # CMYK, 12 bits, damage, or too large for what is free
        return DoubleCompression("unknown")
