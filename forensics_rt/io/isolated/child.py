"""The child process: does what it is told with one file after the other, until its parent is gone.

`python -m forensics_rt.io.isolated.child DESCRIPTOR BYTES SECONDS`: a socket, how much memory it
may take, and how much processor time a file may.
"""

from __future__ import annotations

import importlib
import logging
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from forensics_rt.errors import ForensicsError, ImageError
from forensics_rt.io.decode import decode
from forensics_rt.io.file_source import FileSource, PdfFile, digest_of, name_of_source
from forensics_rt.io.image_errors import image_error
from forensics_rt.io.isolated.confine import confine
from forensics_rt.io.isolated.limits import limit_files, limit_memory, limit_time
from forensics_rt.io.isolated.memory import new_memory, read_whole, with_bytes
from forensics_rt.io.isolated.messages import Order, Picture, Refusal, Reply, receive, send
from forensics_rt.io.kinds import is_examined
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pages import Page, pages_of
from forensics_rt.io.pdf.annotated_copy import write_annotated_pdf
from forensics_rt.io.pdf.attachment import Attachment
from forensics_rt.io.pdf.attachments import attachment_list
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.size import image_size


def main(descriptor: int, most_bytes: int, seconds: float) -> None:
    """Carry out orders that come through a socket."""
    channel = socket.socket(fileno=descriptor)
    said = _Warnings()
    logging.getLogger("forensics_rt").addHandler(said)
    cv2.setNumThreads(1)  # the engine of the parent has the others
    limit_memory(most_bytes)
    limit_files(most_bytes)
    confine()
    send(channel, Reply())  # it has begun
    # Codecs in C print what they think of a file, which belongs to no log.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    while True:
        try:
            order, given = receive(channel, Order)
        except EOFError:
            return
        limit_time(seconds)
        found, answer = _carry_out(order, given)
        send(channel, replace(found, warnings=said.take()), answer)
        if answer is not None:
            os.close(answer)


def _carry_out(order: Order, given: int | None) -> tuple[Reply, int | None]:
    name = order.called or order.name
    try:
        source = _source(order, given)
        name = order.called or name_of_source(source)
        if order.work == "decode":
            return _decoded(order, source)
        if order.work == "annotate":
            return Reply(), _annotated(order, source)
        if order.work == "read":
            return Reply(), with_bytes(_reader(order.reader)(source, order.password))
        return _told(order, source), None
    except Exception as error:
        return Reply(refusal=_refusal(image_error(name, error))), None
    finally:
        if given is not None:
            os.close(given)


def _source(order: Order, given: int | None) -> FileSource:
    source: FileSource
    if given is not None:
        source = MemoryFile(read_whole(given), order.name)
    else:
        source = Path(order.path or "")
    for number, name in order.attached:
        source = Attachment(source, number, name)
    return source


def _told(order: Order, source: FileSource) -> Reply:
    if order.work == "count":
        return Reply(pages=len(pages_of(source, order.password)))
    if order.work == "attachments":
        found = attachment_list(source, order.password)
        names = tuple(one.file_name for one in found.attachments)
        return Reply(attachments=names, portfolio=found.portfolio)
    if order.work == "digest":
        return Reply(digest=digest_of(source, order.password).result())
    if order.work == "is_examined":
        return Reply(is_examined=is_examined(source, order.password))
    image = source if order.page is None else Page(source, order.page)
    return Reply(size=image_size(image, order.password))


def _decoded(order: Order, source: FileSource) -> tuple[Reply, int]:
    options = ReadOptions(order.max_pixels, order.damaged, order.password, order.dct_limit)
    image = decode(
        source if order.page is None else Page(source, order.page), order.called, options
    )
    height, width = image.pixels.shape[:2]
    beside = image.coefficients
    picture = Picture(
        name=image.name,
        height=height,
        width=width,
        sha256=image.sha256,
        format=image.format,
        mode=image.mode,
        conversions=image.conversions,
        exif_orientation=image.exif_orientation,
        frames=image.frames,
        page=image.page,
        density=image.density,
        medium=image.medium,
        page_report=image.page_report,
        is_pdf=image.pdf_file is not None,
        quantization=None if beside is None else beside.quantization.tolist(),
    )
    parts: list[np.ndarray[Any, Any]] = [image.pixels]
    if beside is not None:
        parts.append(beside.dct)
    memory = new_memory(sum(part.nbytes for part in parts))
    try:
        with os.fdopen(os.dup(memory), "wb", buffering=0) as file:
            for part in parts:
                left = memoryview(np.ascontiguousarray(part).data).cast("B")
                while left:
                    left = left[file.write(left) :]
    except BaseException:
        os.close(memory)
        raise
    return Reply(picture=picture), memory


def _annotated(order: Order, source: FileSource) -> int:
    if order.examined is None:
        raise ValueError("a copy needs what was examined")
    with tempfile.TemporaryDirectory(prefix="forensics_rt-") as folder:
        path = Path(folder) / "copy.pdf"
        write_annotated_pdf(PdfFile(source, order.password), order.examined, order.marks, path)
        return with_bytes(path.read_bytes())


def _reader(named: str | None) -> Callable[[FileSource, str | None], bytes]:
    """Return a function by its name: this room knows nothing of those that are above it."""
    module, _, name = (named or "").partition(":")
    if not module.startswith("forensics_rt."):
        raise ValueError(f"a reader must be of this package, but is {named!r}")
    reader: Callable[[FileSource, str | None], bytes]
    reader = getattr(importlib.import_module(module), name)
    return reader


def _refusal(error: ForensicsError) -> Refusal:
    if isinstance(error, ImageError):
        return Refusal(type(error).__name__, error.source, error.cause)
    return Refusal(type(error).__name__, "", str(error))


class _Warnings(logging.Handler):
    """Keeps what the library logs, for the parent."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(record.getMessage())

    def take(self) -> tuple[str, ...]:
        kept, self._kept = tuple(self._kept), []
        return kept


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
