"""What parent and child tell each other: JSON and a file descriptor, never pickled objects."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter

from forensics_rt.io.medium.kinds import Medium
from forensics_rt.io.metadata import Density
from forensics_rt.io.pdf.annotated_copy import ExaminedPdf, PageMark
from forensics_rt.io.pdf.page_report import PageReport
from forensics_rt.io.read_options import WhenDamaged

Work = Literal[
    "decode", "size", "count", "attachments", "is_examined", "annotate", "read", "digest"
]
_LENGTH = struct.Struct("!I")


@dataclass(frozen=True)
class Order:
    """What a child is to do with a file.

    Attributes:
        work: `decode` a page, tell the `size` of one, `count` the pages, list the `attachments`,
            tell whether an image or a PDF `is_examined`, write a copy with annotations, `read` the
            file with a reader, or tell its `digest`.
        path: Of the file; `None` where its bytes come as a file descriptor.
        name: What to call that file in errors.
        attached: Which of its attachments is meant, and which of that one's, and so on: number
            and name.
        called: What to call the image; `None` for the name of the file and page.
        page: Which page; `None` for the file as one image.
        max_pixels: Largest width × height accepted.
        damaged: Whether damaged images are examined.
        password: What opens a locked PDF.
        examined: What of a PDF must be as it was, for a copy.
        marks: Of the copy.
        dct_limit: How coefficients of JPEG are clipped; `None` where nobody asks for them.
        reader: Of `read`: a function of the package as `module:name`, which takes the file and the
            password and returns bytes.
    """

    work: Work
    path: str | None
    name: str
    attached: tuple[tuple[int, str], ...] = ()
    called: str | None = None
    page: int | None = None
    max_pixels: int = 0
    damaged: WhenDamaged = "refuse"
    password: str | None = None
    examined: ExaminedPdf | None = None
    marks: tuple[PageMark, ...] = ()
    dct_limit: int | None = None
    reader: str | None = None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What is known of a decoded image; its pixels are in the file descriptor.

    Coefficients come behind them, int16, where there is a table, `quantization`.
    """

    name: str
    height: int
    width: int
    sha256: str
    format: str
    mode: str
    conversions: tuple[str, ...]
    exif_orientation: int
    frames: int
    page: int | None
    density: Density | None
    medium: Medium | None
    page_report: PageReport | None
    is_pdf: bool
    quantization: tuple[tuple[int, ...], ...] | None = None


@dataclass(frozen=True)
class Refusal:
    """An error of the library.

    Attributes:
        error: Name of its class.
        source: Of an `ImageError`.
        cause: Likewise; of another error its message.
    """

    error: str
    source: str
    cause: str


@dataclass(frozen=True)
class Reply:
    """What came of an order.

    Attributes:
        picture: Of `decode`.
        pages: Of `count`.
        size: Of `size`: height and width in pixels, 0 for no image; `None` for a pipe.
        attachments: Of `attachments`: the name of each.
        portfolio: Likewise: whether viewers show them in place of the pages.
        is_examined: Of `is_examined`.
        digest: Of `digest`: the SHA-256, in hexadecimal digits.
        refusal: Why there is nothing.
        warnings: What the library logged.
    """

    picture: Picture | None = None
    pages: int | None = None
    size: tuple[int, int] | None = None
    attachments: tuple[str, ...] = ()
    portfolio: bool = False
    is_examined: bool = False
    digest: str | None = None
    refusal: Refusal | None = None
    warnings: tuple[str, ...] = ()


Message = TypeVar("Message", Order, Reply)
_ADAPTERS: Mapping[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (Order, Reply)}


def send(channel: socket.socket, message: Order | Reply, descriptor: int | None = None) -> None:
    """Send a message, and a copy of an open file descriptor.

    Raises:
        OSError: If the other end is gone.
    """
    text = _ADAPTERS[type(message)].dump_json(message)
    head = _LENGTH.pack(len(text))
    socket.send_fds(channel, [head], [] if descriptor is None else [descriptor])
    channel.sendall(text)


def receive(channel: socket.socket, kind: type[Message]) -> tuple[Message, int | None]:
    """Wait for a message, and return it with the file descriptor that came along.

    Raises:
        EOFError: If the other end is gone.
        TimeoutError: If it takes longer than the channel waits.
        ValueError: If it is no such message.
    """
    head, descriptors, _, _ = socket.recv_fds(channel, _LENGTH.size, 1)
    descriptor = descriptors[0] if descriptors else None
    head += _exactly(channel, _LENGTH.size - len(head))
    text = _exactly(channel, _LENGTH.unpack(head)[0])
    message: Message = _ADAPTERS[kind].validate_json(text)
    return message, descriptor


def _exactly(channel: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        part: Any = channel.recv(count - len(found))
        if not part:
            raise EOFError("the other end is gone")
        found += part
    return bytes(found)
