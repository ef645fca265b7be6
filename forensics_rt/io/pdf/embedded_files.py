"""The files embedded in a PDF: listed in its name tree, pinned to pages, or associated with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pikepdf import Array, Dictionary, NameTree, Object, Pdf, Stream

from forensics_rt.io.limits import MOST_FILES
from forensics_rt.io.names import file_name

_FILE_KEYS = ("/UF", "/F", "/Unix", "/Mac", "/DOS")


@dataclass(frozen=True)
class EmbeddedFile:
    """A file inside an open PDF.

    Attributes:
        name: Its name without folders, as text that can be printed.
        stream: Its bytes, not read yet.
    """

    name: str
    stream: Object


def embedded_files(pdf: Pdf) -> list[EmbeddedFile]:
    """List the files that a PDF holds, each once, `MOST_FILES` at most.

    First those of the name tree, in its order, then those associated with the document, then those
    of each page: associated with it, and pinned to it as annotations.

    Args:
        pdf: The PDF, open.
    """
    found: dict[Any, EmbeddedFile] = {}
    for key, specification in _specifications(pdf):
        stream = _stream_of(specification)
        if stream is None:
            continue
        # A stream is an object of its own, which tells a second mention of it.
        found.setdefault(stream.objgen, EmbeddedFile(_name_of(specification, key), stream))
        if len(found) == MOST_FILES:
            break
    return list(found.values())


def is_portfolio(pdf: Pdf) -> bool:
    """Tell whether viewers show the attached files of a PDF in place of its pages."""
    return isinstance(pdf.Root.get("/Collection"), Dictionary)


def _specifications(pdf: Pdf) -> Iterator[tuple[str, Any]]:
    names = pdf.Root.get("/Names")
    tree = names.get("/EmbeddedFiles") if isinstance(names, Dictionary) else None
    if isinstance(tree, Dictionary):
        yield from ((str(key), value) for key, value in NameTree(tree).items())
    yield from _associated(pdf.Root)
    for page in pdf.pages:
        yield from _associated(page.obj)
        pinned = (one for one in _listed(page.obj.get("/Annots")) if isinstance(one, Dictionary))
        for annotation in pinned:
            if annotation.get("/Subtype") == "/FileAttachment":
                yield "", annotation.get("/FS")


def _associated(holder: Any) -> Iterator[tuple[str, Any]]:
    yield from (("", one) for one in _listed(holder.get("/AF")))


def _stream_of(specification: Any) -> Any | None:
    files = specification.get("/EF") if isinstance(specification, Dictionary) else None
    if not isinstance(files, Dictionary):
        return None  # a file that the PDF only points to
    streams = (files.get(key) for key in _FILE_KEYS)
    return next((one for one in streams if isinstance(one, Stream)), None)


def _name_of(specification: Any, key: str) -> str:
    names = (specification.get(name) for name in _FILE_KEYS)
    name = next((str(one) for one in names if one is not None and str(one)), key)
    return file_name(name)


def _listed(array: Any) -> Iterator[Any]:
    if isinstance(array, Array):
        yield from array
    elif isinstance(array, Dictionary):
        yield array
