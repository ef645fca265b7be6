"""Calibration files: reading, writing, and telling one calibration from another."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from forensics_rt.calibration.record import CalibrationRecord
from forensics_rt.errors import CalibrationError
from forensics_rt.io.writers import write_atomically


def read_calibration(path: str | Path) -> CalibrationRecord:
    """Read what `forensics-rt calibrate --out` wrote.

    Raises:
        CalibrationError: If the file cannot be read or is no calibration; every key that is wrong
            is named.
    """
    try:
        return CalibrationRecord.model_validate_json(Path(path).read_bytes())
    except OSError as error:
        raise CalibrationError(
            f"{path}: cannot be read: {error.strerror}; give the file that `forensics-rt calibrate "
            "--out` wrote"
        ) from error
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
    return hashlib.sha256(record.to_json().encode()).hexdigest()[:16]
