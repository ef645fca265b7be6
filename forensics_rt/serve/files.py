"""What the service has files read by: child processes, or this process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from forensics_rt.io.decode import decode
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.file_source import FileSource, PdfFile
from forensics_rt.io.inputs import ImageInput
from forensics_rt.io.isolated.pool import DecoderPool
from forensics_rt.io.pages import pages_of
from forensics_rt.io.pdf.annotated_copy import ExaminedPdf, PageMark, write_annotated_pdf
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.serve.settings import Settings
from forensics_rt.system.closing import Closing


class Files(Protocol):
    """Whatever reads files: a `DecoderPool`, or `FilesHere`."""

    def decode(
        self, image: ImageInput, name: str | None = None, options: ReadOptions | None = None
    ) -> DecodedImage:
        """Return an image; see `io.decode.decode`."""
        ...

    def count_pages(self, source: FileSource, password: str | None = None) -> int:
        """Return how many pages a file has."""
        ...

    def annotate(
        self, pdf_file: PdfFile, examined: ExaminedPdf, marks: Iterable[PageMark]
    ) -> bytes:
        """Return a copy of a PDF with marks."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class FilesHere(Closing):
    """Reads files in this process: a codec that dies takes the service with it."""

    def decode(
        self, image: ImageInput, name: str | None = None, options: ReadOptions | None = None
    ) -> DecodedImage:
        """Return an image."""
        return decode(image, name, options)

    def count_pages(self, source: FileSource, password: str | None = None) -> int:
        """Return how many pages a file has."""
        return len(pages_of(source, password))

    def annotate(
        self, pdf_file: PdfFile, examined: ExaminedPdf, marks: Iterable[PageMark]
    ) -> bytes:
        """Return a copy of a PDF with marks."""
        with tempfile.TemporaryDirectory(prefix="forensics_rt-") as folder:
            path = Path(folder) / "copy.pdf"
            write_annotated_pdf(pdf_file, examined, marks, path)
            return path.read_bytes()

    def close(self) -> None:
        """Hold on to nothing."""


def open_files(settings: Settings, decoders: int) -> Files:
    """Return what reads files, as the settings say.

    Args:
        settings: Whether in child processes, and their limits.
        decoders: How many images are decoded at a time.
    """
    if not settings.isolate:
        return FilesHere()
    # One more, for pages that are counted and copies that are written meanwhile.
    return DecoderPool(decoders + 1, settings.decode_bytes, settings.decode_seconds)
