"""Reading the tensors of a checkpoint file.

Nothing in a checkpoint is ever executed: pickles are read as plain tensors or not at all.
"""

from __future__ import annotations

import logging
import pickle
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from train.checkpoint_match import listed
from train.errors import CheckpointError
from train.weights import load_tensors

PICKLES = (".pth", ".pt", ".ckpt", ".bin")
SAFETENSORS = ".safetensors"
# Keys under which training scripts put the state dict.
WRAPPERS = (
    "state_dict",
    "model_state_dict",
    "model",
    "module",
    "netG",
    "net",
    "network",
    "params",
    "weights",
)
# Keys under which they put a moving average of it.
AVERAGES = (
    "state_dict_ema",
    "ema_state_dict",
    "model_ema",
    "ema_model",
    "params_ema",
    "ema",
)

_log = logging.getLogger(__name__)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the weights of a checkpoint by the names in it, and the plain values beside them.

    Raises:
        CheckpointError: If the file is damaged, or holds more than plain tensors, no state dict,
            or weights that are not finite numbers.
    """
    if path.suffix == SAFETENSORS:
        tensors, metadata = _read_safetensors(path)
    elif path.suffix in PICKLES:
        tensors, metadata = _unwrap(path, _read_pickle(path))
    else:
        raise CheckpointError(
            f"{path}: unknown kind of file {path.suffix or 'without a suffix'!r}; expected "
            f"{SAFETENSORS} or one of {', '.join(PICKLES)}"
        )
    if not tensors:
        raise CheckpointError(f"{path}: holds no weights at all; expected a state dict")
    broken = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise CheckpointError(
            f"{path}: weights that are not finite numbers in {listed(broken)}; the training "
            "diverged or the file is damaged, take an earlier checkpoint"
        )
    return tensors, metadata


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        return load_tensors(path)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path}: not a readable safetensors file: {error}; copy it again from its source"
        ) from error


def _read_pickle(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL ([\w.]+)", str(error))
        if named is None:
            raise CheckpointError(
                f"{path}: not a checkpoint of plain tensors: it is damaged, or something else than "
                "torch.save wrote it; copy it again from its source"
            ) from error
        raise CheckpointError(
            f"{path}: holds an object of {named[1]}, which is no plain tensor; loading it could "
            "run code, so it is refused. Where you trust the file, save its weights alone: "
            f"torch.save(torch.load({path.name!r}, weights_only=False)['state_dict'], "
            "'weights.pth'); of a file that is a whole network, with .state_dict() in place of "
            "['state_dict']"
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError, LookupError, struct.error) as error:
        reason = str(error).split(". ")[0].splitlines()
        raise CheckpointError(
            f"{path}: not a readable PyTorch checkpoint: {reason[0] if reason else 'it ends early'}"
            "; copy it again from its source"
        ) from error


def _unwrap(path: Path, content: Any) -> tuple[dict[str, Tensor], dict[str, str]]:
    metadata: dict[str, str] = {}
    while isinstance(content, Mapping):
        if content and all(isinstance(value, Tensor) for value in content.values()):
            return dict(content), metadata
        metadata |= {
            str(key): str(value)
            for key, value in content.items()
            if isinstance(value, (str, int, float))
        }
        inner = _nest(path, content)
        if inner is None:
            found = listed([str(key) for key in content]) or "nothing"
            nests = ", ".join((*WRAPPERS, *AVERAGES))
            raise CheckpointError(
                f"{path}: no state dict in it: found the keys {found}, expected only tensors, or "
                f"a dict under one of {nests}; save network.state_dict()"
            )
        content = content[inner]
    raise CheckpointError(
        f"{path}: holds a {type(content).__name__}, expected a dict of tensors; "
        "save network.state_dict()"
    )


def _nest(path: Path, content: Mapping[Any, Any]) -> str | None:
    """Return the key of the state dict; of weights and their average, the weights."""
    nests = [key for key in (*WRAPPERS, *AVERAGES) if isinstance(content.get(key), Mapping)]
    averages = [key for key in nests if key in AVERAGES]
    if averages and averages != nests:
        _log.warning(
            "%s: the weights under %r are taken, not the averaged ones under %r; to have those, "
            "save them alone in a file",
            path,
            nests[0],
            averages[0],
        )
    return nests[0] if nests else None
