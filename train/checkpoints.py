"""Reading a checkpoint into the network whose weights it holds.

Nothing in a checkpoint is ever executed: pickles are read as plain tensors or not at all.
"""

from __future__ import annotations

import json
import pickle
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from forensics_rt.errors import CheckpointError
from forensics_rt.io.digest import sha256_of
from train.networks import HOUSE, SMP_PREFIX, build_network, fixed_names

PICKLES = (".pth", ".pt", ".ckpt", ".bin")
SAFETENSORS = ".safetensors"
# Keys under which training scripts put the state dict, and prefixes that wrappers put on names.
WRAPPERS = (
    "state_dict",
    "model_state_dict",
    "model",
    "netG",
    "net",
    "network",
    "params",
    "weights",
)
PREFIXES = ("module.", "_orig_mod.", "netG.")
# A counter that old versions of PyTorch did not save and that inference does not read.
OPTIONAL = "num_batches_tracked"
NAMES_SHOWN = 4


@dataclass(frozen=True)
class LoadedNetwork:
    """A network with the weights of one checkpoint.

    Attributes:
        network: In eval mode, float32, on the CPU.
        architecture: Its name, as `build_network` takes it.
        metadata: Plain values that the checkpoint holds beside the weights, as text.
        sha256: Of the checkpoint file.
    """

    network: nn.Module
    architecture: str
    metadata: Mapping[str, str]
    sha256: str


def load_checkpoint(path: str | Path, architecture: str = "auto") -> LoadedNetwork:
    """Read a checkpoint.

    Args:
        path: `.safetensors`, or `.pth`, `.pt`, `.ckpt`, `.bin` as `torch.save` writes them. The
            state dict may lie under a common key such as `state_dict`, and its names may begin
            with `module.`, as a data-parallel wrapper leaves them.
        architecture: A name that `build_network` takes. `auto` takes it from the metadata key
            `architecture` where that is such a name, or finds it by the names and shapes of the
            weights; models of segmentation-models-pytorch need one of the first two. Sizes of a
            `forensic_unet` other than the usual ones stand as JSON in the metadata key `config`.

    Raises:
        CheckpointError: If the file is missing, damaged, holds more than plain tensors, or does
            not fit the architecture.

    Example:
        >>> load_checkpoint("fold1.pth").architecture  # doctest: +SKIP
        'seresnext50'
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file; give the path of a checkpoint")
    tensors, metadata = _read(path)
    sizes = metadata.get("config", "{}")
    name = _choose(path, tensors, architecture, metadata.get("architecture"), sizes)
    network = _build(name, sizes)
    network.load_state_dict(tensors, strict=False)  # _choose has compared every name and shape
    return LoadedNetwork(network.float().eval(), name, metadata, sha256_of(path))


def recognise(shapes: Mapping[str, tuple[int, ...]]) -> str | None:
    """Return the architecture whose weights have these names and shapes; `None` for none.

    Args:
        shapes: The shape of every weight by its name, without the prefixes of wrappers.

    Example:
        >>> recognise({"layer.weight": (1, 2)}) is None
        True
    """
    return next((name for name in fixed_names() if not _differences(shapes, _expected(name))), None)


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
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
    while prefix := next((p for p in PREFIXES if all(n.startswith(p) for n in tensors)), None):
        tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    broken = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise CheckpointError(
            f"{path}: weights that are not finite numbers in {_listed(broken)}; the training "
            "diverged or the file is damaged, take an earlier checkpoint"
        )
    return tensors, metadata


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}
            return tensors, dict(file.metadata() or {})
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
            "run code, so it is refused. Where you trust the file, load it there and save only "
            "the weights: torch.save(network.state_dict(), ...)"
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
        inner = next((k for k in WRAPPERS if isinstance(content.get(k), Mapping)), None)
        if inner is None:
            found = _listed([str(key) for key in content]) or "nothing"
            raise CheckpointError(
                f"{path}: no state dict in it: found the keys {found}, expected only tensors, or "
                f"a dict under one of {', '.join(WRAPPERS)}; save network.state_dict()"
            )
        content = content[inner]
    raise CheckpointError(
        f"{path}: holds a {type(content).__name__}, expected a dict of tensors; "
        "save network.state_dict()"
    )


def _choose(
    path: Path, tensors: Mapping[str, Tensor], asked: str, stated: str | None, sizes: str
) -> str:
    """Return the architecture that is asked for, stated or recognised, once the weights fit it."""
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    # Other projects write words of their own under that key, such as `Unet`.
    known = stated in fixed_names() or (stated or "").startswith(SMP_PREFIX)
    if asked != "auto" and known and asked != stated:
        raise CheckpointError(
            f"{path}: its metadata say {stated!r}, but {asked!r} was asked for; "
            f"leave --arch out, or give --arch {stated}"
        )
    name = asked if asked != "auto" else stated if known else None
    if name is None:
        if recognised := recognise(found):
            return recognised
        closest = min(fixed_names(), key=lambda n: len(_differences(found, _expected(n))))
        word = f"; its metadata say {stated!r}, which is none" if stated else ""
        raise CheckpointError(
            f"{path}: fits no known architecture ({', '.join(fixed_names())}){word}; closest is "
            f"{closest}: {_listed(_differences(found, _expected(closest)))}. For a model of "
            "segmentation-models-pytorch give --arch smp:<Decoder>/<encoder>"
        )
    try:
        differences = _differences(found, _expected(name, sizes))
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    if differences:
        other = recognise(found)
        mend = f"they are those of {other}" if other else "check which network it was trained as"
        raise CheckpointError(
            f"{path}: the weights are not those of {name}: {_listed(differences)}; {mend}"
        )
    return name


def _build(architecture: str, sizes: str) -> nn.Module:
    if architecture != HOUSE:
        return build_network(architecture)
    try:
        return build_network(HOUSE, json.loads(sizes))
    except json.JSONDecodeError as error:
        raise CheckpointError(f"the metadata key 'config' is not JSON: {sizes!r}") from error


@cache
def _expected(architecture: str, sizes: str = "{}") -> Mapping[str, tuple[int, ...]]:
    # Some encoders of the library read values while they are built, which meta tensors lack.
    with torch.device("cpu" if architecture.startswith(SMP_PREFIX) else "meta"):
        state = _build(architecture, sizes).state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def _differences(
    found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]
) -> list[str]:
    lines = [f"missing {n}" for n in expected if n not in found and not n.endswith(OPTIONAL)]
    lines += [f"unexpected {n}" for n in found if n not in expected]
    lines += [
        f"{n} has shape {list(found[n])}, expected {list(shape)}"
        for n, shape in expected.items()
        if n in found and found[n] != shape
    ]
    return lines


def _listed(lines: list[str]) -> str:
    more = len(lines) - NAMES_SHOWN
    return ", ".join(lines[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
