"""Writing results so that a file is either whole or not there."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.errors import OutputError


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under a temporary name beside its place, then rename it.

    Missing folders are made.

    Raises:
        OutputError: If the folder cannot be written or the disk is full; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            stream.write(data)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise OutputError(
            f"{path}: cannot be written: {error.strerror or error}; "
            "free some space or give another folder"
        ) from error


def remove(path: Path) -> None:
    """Remove a file if it is there.

    Raises:
        OutputError: If it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be removed: {error.strerror}") from error


def check_writable(folder: Path) -> None:
    """Find out before the work begins whether a folder takes files; makes it if missing.

    Raises:
        OutputError: If it does not.
    """
    trial = folder / f".{uuid4().hex}.part"
    write_atomically(trial, b"")
    trial.unlink()


def write_image(path: Path, pixels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> None:
    """Encode grey (H×W) or RGB (H×W×3) pixels by the file's suffix and write them atomically.

    Raises:
        OutputError: As `write_atomically`.
    """
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    # Level 1 is several times faster than the default and a few per cent larger.
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_JPEG_QUALITY, 90]
    wanted = settings[:2] if path.suffix == ".png" else settings[2:]
    try:
        done, encoded = cv2.imencode(path.suffix, stored, wanted)
    except cv2.error:
        done = False
    if not done:
        raise OutputError(
            f"{path}: {pixels.shape[1]}×{pixels.shape[0]} pixels do not fit the format; JPEG takes "
            "sides up to 65500: leave the overlay out (--no-overlay)"
        )
    write_atomically(path, encoded.tobytes())


def write_json(path: Path, document: Mapping[str, Any]) -> Path:
    """Write a document as indented UTF-8 JSON, atomically, and return the path.

    Raises:
        OutputError: As `write_atomically`.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    write_atomically(path, (text + "\n").encode())
    return path
