"""What files hold beside one image: pages and attachments, each a source of its own."""

from __future__ import annotations

import io
import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Protocol

from forensics_rt.errors import ImageError, ImageLocked
from forensics_rt.io.file_source import FileSource, name_of_source
from forensics_rt.io.kinds import is_examined
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS, MOST_FILES
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.names import printable
from forensics_rt.io.page_selection import PageSelection
from forensics_rt.io.pages import pages_of
from forensics_rt.io.pdf.attachment import Attachment
from forensics_rt.io.pdf.attachments import AttachmentList, attachment_list
from forensics_rt.io.reading import read_open
from forensics_rt.io.sources import SUFFIXES, Source, Stems, counts_in_words

_OF_PAGES = frozenset((".tif", ".tiff", ".pdf"))
_STANDARD_INPUT = "<stdin>"
# Attachments of attachments of attachments.
MOST_DEPTH = 3
_ADVICE = "examine them with `attachments=True`"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What of files that hold several images is examined.

    Attributes:
        pages: Which pages of a file that has several; `None` for all.
        attachments: Whether the images and PDFs attached to a PDF are examined, too.
        password: What opens locked PDFs; `None` for no password.
        max_pixels: How many pixels an image may have that comes from standard input.
    """

    pages: PageSelection | None = None
    attachments: bool = False
    password: str | None = field(default=None, repr=False)
    max_pixels: int = DEFAULT_MAX_PIXELS


@dataclass(frozen=True)
class Expanded:
    """The images of a run.

    Attributes:
        sources: The images, those of a file in its place.
        kept: Pages and attachments that are there and not examined now, by the stems of their
            results: those of an earlier run may still hold.
        passed_over: Attachments of kinds that are not examined, by suffix.
        attachments_left: How many attachments are not examined, for whatever reason.
    """

    sources: list[Source]
    kept: Mapping[PurePath, FileSource] = field(default_factory=dict)
    passed_over: Counter[str] = field(default_factory=Counter)
    attachments_left: int = 0


class ReadsDocuments(Protocol):
    """Whatever opens files that hold several images, such as a `DecoderPool`."""

    def count_pages(self, source: FileSource, password: str | None) -> int:
        """Return how many pages a file has."""
        ...

    def attachment_list(self, source: FileSource, password: str | None) -> AttachmentList:
        """List what is attached to a file; see `io.pdf.attachments.attachment_list`."""
        ...

    def is_examined(self, source: FileSource, password: str | None) -> bool:
        """Tell whether a file is an image or a PDF, by its contents."""
        ...


class _Here:
    """Opens files in this process."""

    def count_pages(self, source: FileSource, password: str | None) -> int:
        return len(pages_of(source, password))

    attachment_list = staticmethod(attachment_list)
    is_examined = staticmethod(is_examined)


def expand_documents(
    sources: Iterable[Source],
    wanted: Wanted | None = None,
    files: ReadsDocuments | None = None,
) -> Expanded:
    """Put the pages and attachments of each file in its place; other images stay.

    A page that is asked for and not there is a source, too: decoding it says what there is.
    Standard input is read, and then treated as a file of that name.

    Args:
        sources: Files and images, as `find_sources` lists them.
        wanted: What of them; `None` for all pages and no attachments.
        files: What opens files, such as a pool of child processes; `None` for this process.
    """
    expansion = _Expansion(wanted or Wanted(), files or _Here())
    for source in sources:
        expansion.take_file(source)
    return expansion.finish()


class _Expansion:
    def __init__(self, wanted: Wanted, files: ReadsDocuments) -> None:
        self._wanted = wanted
        self._files = files
        self._sources: list[Source] = []
        self._kept: dict[PurePath, FileSource] = {}
        self._passed_over: Counter[str] = Counter()
        # Of files with attachments that stay unexamined: how many there are.
        self._left: Counter[str] = Counter()
        self._portfolios: list[str] = []
        self._taken = 0

    def finish(self) -> Expanded:
        self._warn()
        stems = Stems()
        sources = [replace(source, stem=stems.take(source.stem)) for source in self._sources]
        left = self._left.total()
        return Expanded(sources, self._kept, self._passed_over, left)

    def take_file(self, source: Source) -> None:
        self._taken = 0
        try:
            file = _file_of(source, self._wanted.max_pixels)
        except ImageError as error:
            self._sources.append(replace(source, image=_Refused(error)))
            return
        if file is None:
            self._sources.append(source)
        else:
            self._take(replace(source, image=file), file, 0)

    def _take(self, source: Source, file: FileSource, depth: int) -> None:
        self._take_pages(source, file)
        found = self._attachments(file)
        if found.portfolio:
            self._portfolios.append(name_of_source(file))
        for attachment in found.attachments:
            stem = source.stem.with_name(f"{source.stem.name}-attachment-{attachment.file_name}")
            if not self._wanted.attachments or depth == MOST_DEPTH or self._taken == MOST_FILES:
                self._kept[stem] = attachment
                self._left[name_of_source(file)] += 1
            elif self._is_examined(attachment):
                self._taken += 1
                whole = replace(source, image=attachment, stem=stem)
                self._take(whole, attachment, depth + 1)
            else:
                self._left[name_of_source(file)] += 1
                suffix = PurePath(attachment.file_name).suffix.lower() or "without a suffix"
                self._passed_over[f"attached {printable(suffix)}"] += 1

    def _take_pages(self, source: Source, file: FileSource) -> None:
        pages = self._files.count_pages(file, self._wanted.password)
        if pages == 1:
            self._sources.append(source)
            return
        selection = self._wanted.pages
        there, missing = (range(1, pages + 1), []) if selection is None else selection.of(pages)
        for number in (*there, *missing):
            stem = _of_page(source.stem, number)
            self._sources.append(Source(file, stem, number, source.stem))
        self._kept |= {_of_page(source.stem, number): file for number in range(1, pages + 1)}

    def _attachments(self, file: FileSource) -> AttachmentList:
        try:
            found = self._files.attachment_list(file, self._wanted.password)
        except ImageLocked:  # its pages are, too, and decoding them says so
            return AttachmentList()
        except ImageError as error:
            _log.warning("%s: its attachments cannot be listed: %s", error.source, error.cause)
            return AttachmentList()
        if len(found.attachments) == MOST_FILES:
            name = name_of_source(file)
            _log.warning("%s: only its first %d attachments are listed", name, MOST_FILES)
        return found

    def _is_examined(self, attachment: Attachment) -> bool:
        if PurePath(attachment.file_name).suffix.lower() in SUFFIXES:
            return True
        return self._files.is_examined(attachment, self._wanted.password)

    def _warn(self) -> None:
        for name in self._portfolios:
            _log.warning(
                "%s: is a PDF portfolio: usually a cover sheet with documents attached",
                name,
            )
        if self._passed_over:
            _log.warning("passed over: %s", counts_in_words(self._passed_over))
        left = self._left.total() - self._passed_over.total()
        if left:
            first = next(iter(self._left))
            few = (
                _ADVICE
                if not self._wanted.attachments
                else "these are nested too deeply, or there are too many"
            )
            _log.warning(
                "attachments not examined: %d in %s; %s",
                left,
                first if len(self._left) == 1 else f"{len(self._left)} files, such as {first}",
                few,
            )


def _of_page(stem: PurePath, number: int) -> PurePath:
    return stem.with_name(f"{stem.name}-page{number}")


class _Refused(io.BytesIO):
    """Standard input that was refused: decoding it says why, and does not read what is left."""

    def __init__(self, error: ImageError) -> None:
        super().__init__()
        self.name = _STANDARD_INPUT
        self._error = error

    def read(self, size: int | None = -1, /) -> bytes:
        raise self._error


def _file_of(source: Source, max_pixels: int) -> FileSource | None:
    """Return the file whose pages can be listed; `None` for an image that is taken as it is."""
    image = source.image
    if isinstance(image, Path):
        # A known suffix spares a look into each of ten thousand photographs; a pipe allows only
        # one.
        is_image = image.suffix.lower() in SUFFIXES - _OF_PAGES
        return None if is_image or not os.path.isfile(image) else image
    if isinstance(image, (MemoryFile, Attachment)):
        return image
    return MemoryFile(read_open(image, _STANDARD_INPUT, max_pixels), _STANDARD_INPUT)
