"""Weights and training state as `.safetensors` files with a readable header."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


def save_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write tensors and a header; the file appears complete or not at all.

    Args:
        path: File to write.
        tensors: Name → tensor.
        header: Values are stored as they are if strings, else as JSON.

    Raises:
        OSError: If the folder cannot be written or the disk is full; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = {k: v if isinstance(v, str) else json.dumps(v) for k, v in header.items()}
    partial = path.with_suffix(".partial")
    try:
        save_file({k: v.detach().contiguous().clone() for k, v in tensors.items()}, partial, text)
    except SafetensorError as error:  # no OSError, whatever the system said
        partial.unlink(missing_ok=True)
        raise OSError(
            f"{path}: cannot be written: {error}; free some space or give another folder"
        ) from error
    os.replace(partial, path)


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors and header."""
    with safe_open(path, framework="pt") as handle:
        names = handle.keys()
        return {name: handle.get_tensor(name) for name in names}, dict(handle.metadata() or {})


def read_header(path: Path) -> dict[str, str]:
    """Read the header alone.

    Raises:
        OSError: If there is no such file, or it is no `.safetensors` file.
    """
    try:
        with safe_open(path, framework="pt") as handle:
            return dict(handle.metadata() or {})
    except SafetensorError as error:
        raise OSError(f"{path}: not a readable safetensors file: {error}") from error


def save_weights(
    path: Path,
    tensors: Mapping[str, Tensor],
    architecture: str,
    sizes: Mapping[str, Any],
    step: int,
    figures: Mapping[str, Any],
    notes: Mapping[str, Any] | None = None,
) -> None:
    """Write the weights of a network for export and evaluation.

    Args:
        path: File to write, `.safetensors`.
        tensors: State dict.
        architecture: Its name, as `build_network` takes it.
        sizes: What `build_network` takes beside the name.
        step: Steps that made the weights.
        figures: Whatever was measured, for the record.
        notes: What else the header holds.

    Raises:
        OSError: As `save_tensors`.
    """
    header = {
        "architecture": architecture,
        "config": dict(sizes),
        "step": step,
        "figures": dict(figures),
    }
    header |= notes or {}
    save_tensors(path, tensors, header)
