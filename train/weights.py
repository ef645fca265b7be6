"""Weights and training state as `.safetensors` files with a readable header."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from train.networks.forensic_unet import ForensicUNet, ForensicUNetConfig


def save_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write tensors and a header; the file appears complete or not at all.

    Args:
        path: File to write.
        tensors: Name → tensor.
        header: Values are stored as they are if strings, else as JSON.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = {k: v if isinstance(v, str) else json.dumps(v) for k, v in header.items()}
    partial = path.with_suffix(".partial")
    save_file({k: v.detach().contiguous().clone() for k, v in tensors.items()}, partial, text)
    os.replace(partial, path)


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors and header."""
    with safe_open(path, framework="pt") as handle:
        names = handle.keys()
        return {name: handle.get_tensor(name) for name in names}, dict(handle.metadata() or {})


def save_weights(
    path: Path,
    tensors: Mapping[str, Tensor],
    config: ForensicUNetConfig,
    step: int,
    figures: Mapping[str, Any],
) -> None:
    """Write the weights of a `ForensicUNet` for export and evaluation."""
    header = {
        "architecture": ForensicUNet.name,
        "config": asdict(config),
        "step": step,
        "figures": dict(figures),
    }
    save_tensors(path, tensors, header)
