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

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from forensics_rt.errors import OutputError
from forensics_rt.io.names import printable

_ORIENTATION = 0x0112
_PART = re.compile(r"\.[0-9a-f]{32}\.part")

# Level 1 is several times faster than the default and a few per cent larger. Maps have few exact
# repeats to search for, beyond runs; of the filters one is chosen beforehand, because trying all of
# them on every row takes longer than compressing.
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
_PNG_FILTER = getattr(cv2, "IMWRITE_PNG_FILTER", None)  # from OpenCV 4.12 on
_FILTERS = {"uint8": "IMWRITE_PNG_FILTER_NONE", "uint16": "IMWRITE_PNG_FILTER_SUB"}
_LIMITS = {
    ".png": "PNG takes sides up to 1000000: cut the image into parts, or take `detect_large`, "
    "which writes maps as TIFF",
    ".jpg": "JPEG takes sides up to 65500: leave the overlay out with `overlay=False`",
}
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 90]


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


def write_image(
    path: Path, pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16], orientation: int = 1
) -> None:
    """Encode gray (H×W) or RGB (H×W×3) pixels by the file's suffix and write them atomically.

    Args:
        path: Where to.
        pixels: In stored orientation.
        orientation: Of a JPEG, 1–8 as EXIF has it: viewers turn it so.

    Raises:
        OutputError: As `write_atomically`.
    """
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    wanted = _png_settings(pixels) if path.suffix == ".png" else _JPEG
    try:
        done, encoded = cv2.imencode(path.suffix, stored, wanted)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError(str(error)) from error
        done = False
    if not done:
        raise OutputError(
            f"{printable(path)}: {pixels.shape[1]}×{pixels.shape[0]} pixels do not fit the format; "
            f"{_LIMITS.get(path.suffix, 'name a .png or .jpg file')}"
        )
    data = encoded.tobytes()
    write_atomically(path, data if orientation == 1 else _turned(data, orientation))


def _turned(jpeg: bytes, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    part = exif.tobytes()
    # Behind the two bytes that begin a JPEG, as its first segment.
    return jpeg[:2] + b"\xff\xe1" + (len(part) + 2).to_bytes(2, "big") + part + jpeg[2:]


def _png_settings(pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> list[int]:
    if _PNG_FILTER is None:
        return _PNG
    return [*_PNG, _PNG_FILTER, getattr(cv2, _FILTERS[pixels.dtype.name])]


def write_json(path: Path, document: Mapping[str, Any]) -> Path:
    """Write a document as indented UTF-8 JSON, atomically, and return the path.

    Raises:
        OutputError: As `write_atomically`.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    write_atomically(path, (text + "\n").encode())
    return path
