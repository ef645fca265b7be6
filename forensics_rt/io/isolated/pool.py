"""A kept pool of child processes that decode: in place of `io.decode.decode`."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue
from typing import Any

import numpy as np

from forensics_rt import errors
from forensics_rt.errors import ForensicsError, ImageError, ImageUnreadable, OptionalDependency
from forensics_rt.io.decode import decode
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.file_source import FileSource, PdfFile, file_source, name_of_source
from forensics_rt.io.inputs import ImageInput, name_of
from forensics_rt.io.isolated.memory import map_whole, read_whole, with_bytes
from forensics_rt.io.isolated.messages import Order, Picture, Refusal, Reply
from forensics_rt.io.isolated.process import Child, ChildEnded
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf.annotated_copy import ExaminedPdf, PageMark
from forensics_rt.io.pdf.attachment import Attachment
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.system.closing import Closing

_log = logging.getLogger(__name__)


class DecoderPool(Closing):
    """Decodes in child processes with limits. Thread-safe.

    Args:
        children: How many files are decoded at a time.
        most_bytes: How much memory a child may take for a file, beside what it has at its start.
        seconds: How long it may take.

    Raises:
        OptionalDependency: If this system cannot hand memory from process to process.

    Example:
        >>> with DecoderPool(1) as pool:  # doctest: +SKIP
        ...     pool.decode(Path("scan.jpg")).pixels.shape
    """

    def __init__(self, children: int, most_bytes: int = 2048 << 20, seconds: float = 30.0) -> None:
        """Start the processes; does not wait for them."""
        if not hasattr(socket, "send_fds"):
            raise OptionalDependency(
                "decoding in child processes needs a system with Unix sockets; decode in this "
                "process, with `isolate=False`"
            )
        self._limits = most_bytes, seconds
        self._idle: LifoQueue[Child] = LifoQueue()
        self._children = children
        for _ in range(children):
            self._idle.put(Child(*self._limits))

    def decode(
        self, image: ImageInput, name: str | None = None, options: ReadOptions | None = None
    ) -> DecodedImage:
        """Do what `io.decode.decode` does; an array or a PIL image is taken as it is.

        Raises:
            ImageError: As `io.decode.decode`; also if the child dies or takes too long.
        """
        options = options or ReadOptions()
        source, page = _file_of(image)
        if source is None:
            return decode(image, name, options)
        order = Order(
            "decode",
            str(source) if isinstance(source, Path) else None,
            name_of_source(source),
            name or name_of(image),
            page,
            options.max_pixels,
            options.damaged,
            options.password,
        )
        reply, memory = self._ask(order, source)
        if reply.picture is None or memory is None:
            raise ImageUnreadable(order.name, "the child process gave no image; try it again")
        try:
            return _image(reply.picture, memory, source, options)
        finally:
            os.close(memory)

    def count_pages(self, source: FileSource, password: str | None = None) -> int:
        """Return how many pages a file has; 1 for one that is missing, damaged or locked."""
        reply, _ = self._ask(_order("count", source, password), source)
        return reply.pages or 1

    def annotate(
        self, pdf_file: PdfFile, examined: ExaminedPdf, marks: Iterable[PageMark]
    ) -> bytes:
        """Return a copy of a PDF with marks; see `io.pdf.annotated_copy.write_annotated_pdf`.

        Raises:
            ImageError: As there.
        """
        source = pdf_file.source
        order = _order("annotate", source, pdf_file.password, examined, tuple(marks))
        _, memory = self._ask(order, source)
        if memory is None:
            raise ImageUnreadable(order.name, "the child process gave no copy; try it again")
        try:
            return read_whole(memory)
        finally:
            os.close(memory)

    def close(self) -> None:
        """End the processes; none may be at work."""
        for _ in range(self._children):
            self._idle.get().close()

    def _ask(self, order: Order, source: FileSource) -> tuple[Reply, int | None]:
        given = None if isinstance(source, Path) else with_bytes(_bytes_of(source, order.password))
        try:
            with self._lease() as child:
                reply, memory = child.ask(order, given)
        except ChildEnded as error:
            raise ImageUnreadable(
                order.called or order.name,
                f"its decoder {error}: the file is damaged or made to do this; save it again",
            ) from error
        finally:
            if given is not None:
                os.close(given)
        for warning in reply.warnings:
            _log.warning("%s", warning)
        if reply.refusal is not None:
            raise _error(reply.refusal)
        return reply, memory

    @contextmanager
    def _lease(self) -> Iterator[Child]:
        child = self._idle.get()
        try:
            yield child
        except BaseException:
            child.close()
            child = Child(*self._limits)
            raise
        finally:
            self._idle.put(child)


def _order(work: Any, source: FileSource, password: str | None, *more: Any) -> Order:
    path = str(source) if isinstance(source, Path) else None
    order = Order(work, path, name_of_source(source), password=password)
    if not more:
        return order
    return Order(work, path, order.name, password=password, examined=more[0], marks=more[1])


def _file_of(image: ImageInput) -> tuple[FileSource | None, int | None]:
    """Return the file that is to be decoded, and which page of it; no file for pixels."""
    if isinstance(image, Page):
        return image.source, image.number
    if isinstance(image, (str, os.PathLike, bytes, bytearray, memoryview, MemoryFile, Attachment)):
        return file_source(image), None
    if hasattr(image, "read"):
        return file_source(image), None  # type: ignore[arg-type]
    return None, None


def _bytes_of(source: FileSource, password: str | None) -> bytes:
    if isinstance(source, Attachment):
        return source.load(password).data
    if isinstance(source, MemoryFile):
        return source.data
    return source.read_bytes()


def _image(picture: Picture, memory: int, source: FileSource, options: ReadOptions) -> DecodedImage:
    shape = picture.height, picture.width, 3
    pixels = np.frombuffer(map_whole(memory, int(np.prod(shape))), np.uint8).reshape(shape)
    digest: Future[str] = Future()
    digest.set_result(picture.sha256)
    return DecodedImage(
        name=picture.name,
        digest=digest,
        format=picture.format,
        mode=picture.mode,
        conversions=picture.conversions,
        exif_orientation=picture.exif_orientation,
        frames=picture.frames,
        page=picture.page,
        density=picture.density,
        medium=picture.medium,
        pixels=pixels,
        page_report=picture.page_report,
        pdf_file=PdfFile(source, options.password) if picture.is_pdf else None,
    )


def _error(refusal: Refusal) -> ForensicsError:
    kind = getattr(errors, refusal.error, None)
    if isinstance(kind, type) and issubclass(kind, ImageError):
        return kind(refusal.source, refusal.cause)
    if isinstance(kind, type) and issubclass(kind, ForensicsError):
        return kind(refusal.cause)
    return ImageUnreadable(refusal.source, refusal.cause)
