"""What a checkpoint tells of how it came about: `forensics_rt.calibration.origin`."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from pydantic import ValidationError

from forensics_rt.calibration.origin import (
    Command,
    OriginRecord,
    ParentRecord,
    Role,
)
from forensics_rt.io.digest import sha256_of
from train.errors import CheckpointError
from train.weights import read_header

ORIGIN = "origin"
"""Key of the record in a checkpoint's metadata."""

_ROOT = Path(__file__).parents[1]


def origin_in(path: Path, metadata: Mapping[str, str]) -> OriginRecord | None:
    """Return what the metadata of a checkpoint tell; `None` where they do not.

    Raises:
        CheckpointError: If they hold something else under that key.
    """
    if ORIGIN not in metadata:
        return None
    try:
        return OriginRecord.model_validate_json(metadata[ORIGIN])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, (ORIGIN, *first["loc"])))
        raise CheckpointError(
            f"{path}: its metadata do not tell how it came about, at {place}: {first['msg']}; "
            "make the checkpoint with `python -m train` of this version, or leave the key out"
        ) from error


def parent(role: Role, path: Path) -> ParentRecord:
    """Return the record of a checkpoint that another is made from.

    Raises:
        CheckpointError: If its metadata are damaged.
        OSError: If it cannot be read.
    """
    known = path.suffix == ".safetensors"
    origin = origin_in(path, read_header(path)) if known else None
    return ParentRecord(role=role, sha256=sha256_of(path), origin=origin)


def made_by(command: Command, **known: Any) -> OriginRecord:
    """Return the record of what a command makes with these sources.

    Args:
        command: Of `python -m train`.
        known: Other fields of the record.
    """
    return OriginRecord(command=command, commit=commit(), versions=versions(), **known)


def as_notes(origin: OriginRecord) -> dict[str, str]:
    """Return what `save_weights` takes to write the record."""
    return {ORIGIN: origin.model_dump_json()}


def without_places(config: Any) -> Any:
    """Return the values of a config without the folders of this machine.

    Example:
        >>> without_places({"out": "/home/me/run", "steps": 5})
        {'out': 'run', 'steps': 5}
    """
    if isinstance(config, Mapping):
        return {str(key): without_places(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [without_places(value) for value in config]
    return Path(config).name if isinstance(config, str) and os.path.isabs(config) else config


def config_values(config: Any) -> dict[str, Any]:
    """Return a config, a dataclass, as JSON has it, without the folders of this machine."""
    values: dict[str, Any] = without_places(json.loads(json.dumps(asdict(config), default=str)))
    return values


def commit() -> str | None:
    """Return the commit of these sources, with `+` where they were changed; `None` outside Git."""
    if not (_ROOT / ".git").exists():
        return None
    try:
        head = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")


def _git(*words: str) -> str:
    command = ["git", "-C", str(_ROOT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def versions() -> dict[str, str]:
    """Return the versions of what makes pages and weights."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }
