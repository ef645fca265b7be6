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
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from torch import Tensor

from train.checkpoint.match import WeightsChoice, listed
from train.checkpoint.objects import load_around_objects
from train.errors import CheckpointError
from train.weights import load_tensors

# The last of `.pth.tar`, which is no archive.
PICKLES = (".pth", ".pt", ".ckpt", ".bin", ".tar")
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
    "shadow",
)

_log = logging.getLogger(__name__)


class Read(NamedTuple):
    """Weights by the names in the file, plain values beside them as text, whether an average."""

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    averaged: bool = False


def read_tensors(path: Path, weights: WeightsChoice = "auto") -> Read:
    """Read a checkpoint.

    Args:
        path: The file.
        weights: Of the weights and their average, where both stand under keys of their own, which
            to take: `auto` takes the weights and warns. Where the names of both lie in one dict,
            all of it is returned.

    Raises:
        CheckpointError: If the file is damaged, or holds more than plain tensors, no state dict,
            or weights that are not finite numbers.
    """
    if path.suffix == SAFETENSORS:
        read = _read_safetensors(path)
    elif path.suffix in PICKLES:
        read = _unwrap(path, _read_pickle(path), weights)
    else:
        raise CheckpointError(
            f"{path}: unknown kind of file {path.suffix or 'without a suffix'!r}; expected "
            f"{SAFETENSORS} or one of {', '.join(PICKLES)}"
        )
    if not read.tensors:
        raise CheckpointError(f"{path}: holds no weights at all; expected a state dict")
    broken = [name for name, tensor in read.tensors.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise CheckpointError(
            f"{path}: weights that are not finite numbers in {listed(broken)}; the training "
            "diverged or the file is damaged, take an earlier checkpoint"
        )
    return read


def _read_safetensors(path: Path) -> Read:
    try:
        return Read(*load_tensors(path))
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
        content = load_around_objects(path)
        # What the network is made of must be plain tensors all the way.
        if isinstance(content, Mapping) and _nest(path, content, "auto", quiet=True) is not None:
            return content
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


def _unwrap(path: Path, content: Any, weights: WeightsChoice) -> Read:
    metadata: dict[str, str] = {}
    averaged = False
    while isinstance(content, Mapping):
        if content and all(isinstance(value, Tensor) for value in content.values()):
            return Read(dict(content), metadata, averaged)
        metadata |= {
            str(key): str(value)
            for key, value in content.items()
            if isinstance(value, (str, int, float))
        }
        inner = _nest(path, content, weights)
        if inner is None:
            found = listed([str(key) for key in content]) or "nothing"
            nests = ", ".join((*WRAPPERS, *AVERAGES))
            raise CheckpointError(
                f"{path}: no state dict in it: found the keys {found}, expected only tensors, or "
                f"a dict under one of {nests}; save network.state_dict()"
            )
        content = content[inner]
        averaged |= inner in AVERAGES
    raise CheckpointError(
        f"{path}: holds a {type(content).__name__}, expected a dict of tensors; "
        "save network.state_dict()"
    )


def _nest(
    path: Path, content: Mapping[Any, Any], weights: WeightsChoice, quiet: bool = False
) -> str | None:
    """Return the key of the state dict; of weights and their average, what was asked for."""
    nests = [key for key in (*WRAPPERS, *AVERAGES) if isinstance(content.get(key), Mapping)]
    averages = [key for key in nests if key in AVERAGES]
    if weights == "ema" and averages:
        return averages[0]
    if weights == "model" and nests and averages == nests:
        raise CheckpointError(
            f"{path}: holds only averaged weights, under {averages[0]!r}; leave out --weights model"
        )
    if weights == "auto" and averages and averages != nests and not quiet:
        _log.warning(
            "%s: the weights under %r are taken, not the averaged ones under %r; to have those, "
            "give --weights ema",
            path,
            nests[0],
            averages[0],
        )
    return nests[0] if nests else None
