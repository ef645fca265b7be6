"""Reading a file again for its facts, in this process or in a child of a `DecoderPool`."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import numpy as np
from pydantic import TypeAdapter, ValidationError

from forensics_rt.errors import ForensicsError
from forensics_rt.io.file_source import FileSource
from forensics_rt.io.isolated.pool import DecoderPool
from forensics_rt.report.facts.fact import FactTable
from forensics_rt.report.facts.file import FileFacts, file_facts, no_facts, read_again
from forensics_rt.report.facts.thumbnail import LARGEST_SIDE

_READER = f"{__name__}:told"
# Far more than the facts of any file, each of which is shortened.
_MOST_TOLD = 64 << 20


@dataclass(frozen=True)
class _Told:
    """What a child says of a file; text alone, as it may say anything.

    Attributes:
        sha256: Of the bytes that it read; `None` where it could not.
        reason: Why it could not.
        size: In bytes.
        tables: The facts.
        thumbnail: Height, width, and the pixels in base64.
    """

    sha256: str | None = None
    reason: str = ""
    size: int | None = None
    tables: tuple[FactTable, ...] = ()
    thumbnail: tuple[int, int, str] | None = None


_ADAPTER = TypeAdapter(_Told)


def gathered(
    sha256: str, source: FileSource | None, password: str | None, pool: DecoderPool | None = None
) -> FileFacts:
    """Gather the facts of a file, or say why there are none.

    Args:
        sha256: That the file had when it was examined.
        source: Where its bytes are; `None` where that is not known.
        password: What opens a locked PDF; `None` for no password.
        pool: Child processes that read it; `None` for this process.
    """
    if source is None:
        return no_facts("none: the image was given as pixels, or its file is not known")
    if pool is None:
        said = _read(source, password)
    else:
        try:
            said = _ADAPTER.validate_json(pool.read(source, _READER, password, _MOST_TOLD))
        except (ForensicsError, ValidationError) as error:
            return no_facts(f"cannot be read again: {_first_line(error)}")
    if said.sha256 is None:
        return no_facts(f"cannot be read again: {said.reason}")
    if said.sha256 != sha256:
        return no_facts("the file has changed since it was examined")
    return FileFacts(said.size, said.tables, _pixels(said.thumbnail))


def told(source: FileSource, password: str | None) -> bytes:
    """Do the child's part: read a file, and return its facts as JSON."""
    return _ADAPTER.dump_json(_read(source, password))


def _read(source: FileSource, password: str | None) -> _Told:
    data = read_again(source, password)
    if isinstance(data, str):
        return _Told(reason=data)
    facts = file_facts(data, password)
    small = facts.thumbnail
    written = None
    if small is not None:
        pixels = base64.b64encode(np.ascontiguousarray(small).tobytes()).decode()
        written = (small.shape[0], small.shape[1], pixels)
    return _Told(hashlib.sha256(data).hexdigest(), "", facts.size, facts.tables, written)


def _pixels(written: tuple[int, int, str] | None) -> np.ndarray | None:
    if written is None:
        return None
    height, width, pixels = written
    try:
        data = base64.b64decode(pixels, validate=True)
    except ValueError:
        return None
    if not all(0 < side <= LARGEST_SIDE for side in (height, width)):
        return None
    if len(data) != height * width * 3:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
