"""The files of a multipart body that is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from forensics_rt.serve.problems import Problem

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


def files_in(body: bytes, content_type: str) -> list[tuple[str | None, bytes]]:
    """Return name and bytes of each part that is a file.

    Args:
        body: Of a request.
        content_type: Its header, with the boundary.

    Raises:
        Problem: 400 if it is malformed, or holds no file.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise _malformed("its Content-Type names no boundary")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        parser.write(body)
        parser.finalize()
    except MultipartParseError as error:
        raise _malformed(str(error)) from error
    if not parts.files:
        raise _malformed("no part of it is a file with a file name")
    return parts.files


class _Parts:
    """Takes the parts as the parser finds them."""

    def __init__(self) -> None:
        self.files: list[tuple[str | None, bytes]] = []
        self._headers: dict[str, bytes] = {}
        self._field = self._value = b""
        self._data = bytearray()

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_field,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add_data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._headers, self._data = {}, bytearray()

    def _add_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value
        self._field = self._value = b""

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self._data += memoryview(data)[start:end]

    def _end(self) -> None:
        disposition = self._headers.get("content-disposition", b"")
        name = parse_options_header(disposition)[1].get(b"filename")
        if name is not None:  # other parts are fields
            self.files.append((name.decode("utf-8", "replace") or None, bytes(self._data)))


def _malformed(why: str) -> Problem:
    return Problem(
        400,
        "BodyMalformed",
        f"the body is no multipart/form-data with files: {why}; send each file as a part with a "
        "file name, as `curl -F file=@scan.jpg` does",
    )
