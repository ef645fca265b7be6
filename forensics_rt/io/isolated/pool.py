"""A kept pool of child processes that decode: in place of `io.decode.decode`."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from queue import LifoQueue

from forensics_rt.errors import ImageError, ImageUnreadable, OptionalDependency, RecipeError
from forensics_rt.io.decode import decode
from forensics_rt.io.decoded import DecodedImage
from forensics_rt.io.file_source import FileSource, PdfFile, digest_of, name_of_source
from forensics_rt.io.inputs import ImageInput, name_of
from forensics_rt.io.isolated.memory import read_whole, with_bytes
from forensics_rt.io.isolated.messages import Order, Reply
from forensics_rt.io.isolated.process import Child, ChildEnded
from forensics_rt.io.isolated.translation import error_of, file_of, image_of, order_of
from forensics_rt.io.limits import MOST_FILES
from forensics_rt.io.names import file_name
from forensics_rt.io.pdf.annotated_copy import ExaminedPdf, PageMark
from forensics_rt.io.pdf.attachment import Attachment
from forensics_rt.io.pdf.attachments import AttachmentList
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.size import image_size
from forensics_rt.system.arguments import whole_number
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
        RecipeError: If `children` or `most_bytes` is no whole number of 1 or more.

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
        children = whole_number("children", children, RecipeError)
        self._limits = whole_number("most_bytes", most_bytes, RecipeError), seconds
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
        source, page = file_of(image, options.max_pixels)
        if source is None:
            return decode(image, name, options)
        order, data = order_of("decode", source, options.password)
        order = replace(
            order,
            called=name or name_of(image),
            page=page,
            max_pixels=options.max_pixels,
            damaged=options.damaged,
            dct_limit=options.dct_limit,
        )
        reply, memory = self._ask(order, data)
        if reply.picture is None or memory is None:
            raise _gave_nothing(source, "image")
        try:
            return image_of(reply.picture, memory, source, options)
        finally:
            os.close(memory)

    def size(self, image: ImageInput, password: str | None = None) -> tuple[int, int] | None:
        """Do what `io.size.image_size` does; (0, 0) where the child dies or takes too long."""
        if hasattr(image, "read"):  # it is read once, to decode it
            return None
        source, page = file_of(image)
        if source is None:
            return image_size(image)
        try:
            order, data = order_of("size", source, password)
            return self._ask(replace(order, page=page), data)[0].size
        except ImageError:
            return 0, 0

    def pixel_count(self, image: ImageInput, password: str | None = None) -> int | None:
        """Do what `io.size.pixel_count` does."""
        size = self.size(image, password)
        return None if size is None else size[0] * size[1]

    def count_pages(self, source: FileSource, password: str | None = None) -> int:
        """Return how many pages a file has; 1 for one that is missing, damaged or locked."""
        try:
            reply, _ = self._ask(*order_of("count", source, password))
        except ImageError:  # decoding it says why
            return 1
        return reply.pages or 1

    def attachment_list(self, source: FileSource, password: str | None = None) -> AttachmentList:
        """List what is attached to a file; see `io.pdf.attachments.attachment_list`.

        Raises:
            ImageError: As there.
        """
        reply, _ = self._ask(*order_of("attachments", source, password))
        # A child that was taken over may say anything: what it says becomes names of results.
        named = (file_name(name) for name in reply.attachments[:MOST_FILES])
        attachments = tuple(Attachment(source, *one) for one in enumerate(named, 1))
        return AttachmentList(attachments, reply.portfolio)

    def is_examined(self, source: FileSource, password: str | None = None) -> bool:
        """Tell whether a file is an image or a PDF; not where the child dies of it."""
        try:
            return self._ask(*order_of("is_examined", source, password))[0].is_examined
        except ImageError:
            return False

    def annotate(
        self, pdf_file: PdfFile, examined: ExaminedPdf, marks: Iterable[PageMark]
    ) -> bytes:
        """Return a copy of a PDF with marks; see `io.pdf.annotated_copy.write_annotated_pdf`.

        Raises:
            ImageError: As there.
        """
        order, data = order_of("annotate", pdf_file.source, pdf_file.password)
        _, memory = self._ask(replace(order, examined=examined, marks=tuple(marks)), data)
        if memory is None:
            raise _gave_nothing(pdf_file.source, "copy")
        try:
            return read_whole(memory)
        finally:
            os.close(memory)

    def read(self, source: FileSource, reader: str, password: str | None, most_bytes: int) -> bytes:
        """Return what a function of this package reads from a file, in a child.

        Args:
            source: The file.
            reader: The function, as `module:name`; it takes the file and the password, and returns
                bytes.
            password: What opens a locked PDF; `None` for no password.
            most_bytes: More of them are refused.

        Raises:
            ImageError: If the file cannot be read, the child dies or takes too long, or gives more.
        """
        order, data = order_of("read", source, password)
        _, memory = self._ask(replace(order, reader=reader), data)
        if memory is None:
            raise _gave_nothing(source, "answer")
        try:
            if os.fstat(memory).st_size > most_bytes:
                raise _gave_nothing(source, f"answer of up to {most_bytes / 1e6:.0f} MB")
            return read_whole(memory)
        finally:
            os.close(memory)

    def digest(self, source: FileSource, password: str | None = None) -> str:
        """Return the SHA-256 of a file; an attachment is taken out of its PDF in a child.

        Raises:
            ImageError: As `io.file_source.digest_of`; also if the child dies or takes too long.
        """
        if not isinstance(source, Attachment):
            return digest_of(source, password).result()
        reply, _ = self._ask(*order_of("digest", source, password))
        if reply.digest is None:
            raise _gave_nothing(source, "sum")
        return reply.digest

    def close(self) -> None:
        """End the processes; none may be at work."""
        for _ in range(self._children):
            self._idle.get().close()

    def _ask(self, order: Order, data: bytes | None) -> tuple[Reply, int | None]:
        given = None if data is None else with_bytes(data)
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
            raise error_of(reply.refusal)
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


def _gave_nothing(source: FileSource, what: str) -> ImageUnreadable:
    return ImageUnreadable(
        name_of_source(source), f"the child process gave no {what}; try it again"
    )
