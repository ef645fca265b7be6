"""One annotated copy of each PDF of a run, written when the last of its pages is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from forensics_rt.cli.flags import in_flags
from forensics_rt.cli.outcome import Outcome
from forensics_rt.errors import ImageError, OutputError
from forensics_rt.io.file_source import PdfFile
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pdf.annotated_copy import ExaminedPdf, PageMark, write_annotated_pdf
from forensics_rt.io.pdf.attachment import Attachment
from forensics_rt.io.sources import Source
from forensics_rt.io.writers import remove, write_atomically
from forensics_rt.results.page_marks import examined_pdf, marks_of
from forensics_rt.results.saving import ANNOTATED, beside

if TYPE_CHECKING:
    from forensics_rt.io.isolated.pool import DecoderPool


class AnnotatedCopies:
    """Gathers the regions of a PDF's pages and writes `NAME.annotated.pdf`.

    Args:
        sources: The images of the run, of whose files copies are wanted.
        out: Where the copies go.
        password: What opens locked PDFs; `None` for no password.
        pool: What opens PDFs; `None` for this process.

    Attributes:
        errors: Why copies could not be written.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        out: Path,
        password: str | None,
        pool: DecoderPool | None = None,
    ) -> None:
        """Write nothing yet."""
        self._pool = pool
        self.errors: list[str] = []
        self._out = out
        self._password = password
        self._to_come = Counter(source.of_file for source in sources)
        self._marks: dict[PurePath, list[PageMark]] = {}
        self._examined: dict[PurePath, ExaminedPdf] = {}

    def add(self, source: Source, outcome: Outcome) -> None:
        """Take what became of one image; of the last of a PDF, write the copy."""
        file, document = source.of_file, outcome.document
        if file not in self._to_come:
            return
        self._to_come[file] -= 1
        if document is not None and document["page_report"] is not None:
            self._marks.setdefault(file, []).extend(marks_of(document))
            self._examined[file] = examined_pdf(document)
        if not self._to_come[file] and file in self._examined:
            self._write(source, self._marks.pop(file), self._examined.pop(file))

    def _write(self, source: Source, marks: list[PageMark], examined: ExaminedPdf) -> None:
        image = source.image
        if not isinstance(image, (Path, MemoryFile, Attachment)):
            return
        path = beside(self._out / source.of_file, ANNOTATED)
        file = PdfFile(image, self._password)
        try:
            if self._pool is None:
                write_annotated_pdf(file, examined, marks, path)
            else:
                write_atomically(path, self._pool.annotate(file, examined, marks))
        except (ImageError, OutputError) as error:
            self.errors.append(in_flags(error))


def remove_annotated_copies(sources: Iterable[Source], out: Path) -> None:
    """Remove the copies that an earlier run wrote of these files: they show its results.

    Raises:
        OutputError: If one cannot be removed.
    """
    for file in {source.of_file for source in sources}:
        remove(beside(out / file, ANNOTATED))
