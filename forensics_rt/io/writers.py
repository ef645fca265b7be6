"""Writing results so that a file is either whole or not there."""

from __future__ import annotations

import contextlib
import errno
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from uuid import uuid4

from forensics_rt.errors import OutputError
from forensics_rt.io.names import printable

_PART = re.compile(r"\.[0-9a-f]{32}\.part")


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under a temporary name beside its place, then rename it.

    Missing folders are made.

    Raises:
        OutputError: If the folder cannot be written or the disk is full; nothing is left behind.
    """
    write_atomically_with(path, lambda stream: stream.write(data))


def write_atomically_with(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Do the same with what is written to a stream, which need not fit into memory.

    Args:
        path: Where to.
        write: Writes the file; whatever it raises leaves nothing behind.

    Raises:
        OutputError: As `write_atomically`.
    """
    # Without the file's name in it: a name may be as long as the system allows.
    temporary = path.with_name(f".{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            write(stream)
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise


def unwritable(path: Path, error: OSError) -> OutputError:
    """Return the error of a file or folder that cannot be written, with what would help.

    Args:
        path: The file or folder.
        error: What the system says.
    """
    reason, advice = error.strerror or str(error), "give another folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = f"free some space or {advice}"
    if error.errno == errno.ENAMETOOLONG:
        advice = "rename the image, or in Python give a stem="
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        above = (place for place in (path, *path.parents) if place.exists() and not place.is_dir())
        reason = next((f"{printable(file)} is a file, not a folder" for file in above), reason)
    return OutputError(f"{printable(path)}: cannot be written: {reason}; {advice}")


def remove_parts(folders: Iterable[Path]) -> int:
    """Remove the temporary files that killed runs left in folders, not in those below.

    Call it only where nobody else is writing: what another process is at would go, too.

    Returns:
        How many there were.

    Raises:
        OutputError: If one cannot be removed.
    """
    removed = 0
    for folder in folders:
        parts = [file for file in folder.glob(".*.part") if _PART.fullmatch(file.name)]
        for part in parts:
            remove(part)
        removed += len(parts)
    return removed


def remove(path: Path) -> None:
    """Remove a file if it is there.

    Raises:
        OutputError: If it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return  # there is no such file, nor can there be
        raise OutputError(f"{printable(path)}: cannot be removed: {error.strerror}") from error


def check_writable(folder: Path) -> None:
    """Find out before the work begins whether a folder takes files; makes it if missing.

    Raises:
        OutputError: If it does not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error


def check_writable_file(path: Path) -> None:
    """Find out before the work begins whether a file can be written; makes its folder if missing.

    Raises:
        OutputError: If it is a folder, or its folder takes no files.
    """
    if path.is_dir():
        raise OutputError(f"{printable(path)}: is a folder, not a file; name a file in it")
    check_writable(path.parent)


def write_json(path: Path, document: Mapping[str, Any]) -> Path:
    """Write a document as indented UTF-8 JSON, atomically, and return the path.

    Raises:
        OutputError: As `write_atomically`.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    write_atomically(path, (text + "\n").encode())
    return path
