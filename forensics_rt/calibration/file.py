"""Calibration files: reading, writing, and telling one calibration from another."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pydantic import ValidationError

from forensics_rt.calibration.record import CalibrationRecord
from forensics_rt.errors import CalibrationError
from forensics_rt.io.names import printable
from forensics_rt.io.old_words import in_earlier_words
from forensics_rt.io.writers import write_atomically

_MOST_BYTES = 16_000_000


def read_calibration(path: str | Path) -> CalibrationRecord:
    """Read what `forensics-rt calibrate --out` wrote.

    Raises:
        CalibrationError: If the file cannot be read or is no calibration; every key that is wrong
            is named.
    """
    given: object = path
    if not isinstance(given, (str, os.PathLike)):
        raise CalibrationError(f"a calibration must be a record or its file, but is {given!r}")
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise CalibrationError(
            f"{printable(path)}: cannot be read: {reason}; give the file that `forensics-rt "
            "calibrate --out` wrote"
        ) from error
    if len(data) > _MOST_BYTES:
        raise CalibrationError(f"{path}: has more than {_MOST_BYTES} bytes: not a calibration file")
    try:
        return CalibrationRecord.model_validate_json(data)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, line['loc'])) or 'the file'}: {line['msg']}"
            for line in error.errors(include_url=False)
        ]
        raise CalibrationError(f"{path}: not a calibration file: {'; '.join(lines)}") from error


def write_calibration(path: Path, record: CalibrationRecord) -> None:
    """Write a calibration file, whole or not at all.

    Raises:
        OutputError: If it cannot be written.
    """
    write_atomically(path, record.to_json().encode())


def calibration_id(record: CalibrationRecord) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of what the file would hold."""
    return hashlib.sha256(in_earlier_words(record.to_json()).encode()).hexdigest()[:16]
