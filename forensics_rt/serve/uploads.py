"""Bodies of requests: counted while they arrive, refused before they are too large."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from starlette.requests import Request

from forensics_rt.serve.multipart import files_in
from forensics_rt.serve.problems import Problem
from forensics_rt.serve.refusals import too_large, too_much_held, too_slow
from forensics_rt.serve.settings import Limits

MULTIPART = "multipart/form-data"
# Kinds of bodies that are the file itself; what is in it, its first bytes say.
RAW = ("application/octet-stream", "application/pdf")


@dataclass(frozen=True)
class Upload:
    """A file of a request.

    Attributes:
        data: The file.
        name: What the client calls it; `None` where it does not say.
    """

    data: bytes = field(repr=False)
    name: str | None = None


class Uploads:
    """Reads bodies, and knows how much of them is in memory.

    Args:
        limits: What is refused.
        log_names: Whether the log says how files are called.
    """

    def __init__(self, limits: Limits, log_names: bool = False) -> None:
        self._limits = limits
        self._log_names = log_names
        self._held = 0

    @property
    def held(self) -> int:
        """How many bytes of bodies are in memory."""
        return self._held

    @asynccontextmanager
    async def files_of(self, request: Request) -> AsyncIterator[list[Upload]]:
        """Read the files of a request; they count as held while the block runs.

        Raises:
            Problem: 400 for a body that is not what it says, 408 if it does not arrive, 413 if it
                is too large, 415 for another kind, 503 if too much is held.
        """
        kind = _kind_of(request)
        self._check_length(request)
        held = _Held(self)
        try:
            try:
                with anyio.fail_after(self._limits.upload_seconds):
                    body = await self._read(request, held)
            except TimeoutError:
                raise too_slow(self._limits.upload_seconds) from None
            if kind == MULTIPART:
                files = files_in(body, request.headers["content-type"])
                self._tell(request, [name for name, _ in files])
                yield [Upload(data, name) for name, data in files]
            else:
                yield [Upload(body)]
        finally:
            held.let_go()

    def _tell(self, request: Request, names: list[str | None]) -> None:
        if self._log_names:
            request.scope["state"]["told"] = {"files": names}

    def _check_length(self, request: Request) -> None:
        said = request.headers.get("content-length", "")
        if said.isdecimal() and int(said) > self._limits.bytes:
            raise too_large(int(said), self._limits.bytes)

    async def _read(self, request: Request, held: _Held) -> bytes:
        body = bytearray()
        async for part in request.stream():
            held.take(len(part))
            if len(body) + len(part) > self._limits.bytes:
                raise too_large(len(body) + len(part), self._limits.bytes)
            if self._held > self._limits.held_bytes:
                raise too_much_held(self._limits.held_bytes)
            body += part
        return bytes(body)

    def add(self, count: int) -> None:
        """Count bytes as held, or no longer if negative."""
        self._held += count


class _Held:
    """What one request holds."""

    def __init__(self, of: Uploads) -> None:
        self._of = of
        self._count = 0

    def take(self, count: int) -> None:
        self._count += count
        self._of.add(count)

    def let_go(self) -> None:
        self._of.add(-self._count)
        self._count = 0


def _kind_of(request: Request) -> str:
    kind = request.headers.get("content-type", RAW[0]).split(";")[0].strip().lower()
    if kind == MULTIPART or kind in RAW or kind.startswith("image/"):
        return kind
    raise Problem(
        415,
        "UnsupportedMediaType",
        f"the body must be image/*, {', '.join(RAW)} or {MULTIPART}, but is {kind!r}; "
        "send the file as it is, with one of these as Content-Type",
    )
