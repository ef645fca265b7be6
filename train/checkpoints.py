"""Reading a checkpoint into the network whose weights it holds."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import nn

from forensics_rt.io.digest import sha256_of
from train.checkpoint_file import read_tensors
from train.checkpoint_match import Match, Shapes, listed, match
from train.errors import CheckpointError
from train.networks import HOUSE, SMP_PREFIX, build_network, fixed_names

_log = logging.getLogger(__name__)
# Metadata that `python -m train fit-int8` writes: what each convolution reads, and the SHA-256 of
# the checkpoint that was trained on from.
INT8_RANGES = "int8_ranges"
INT8_OF = "int8_of"


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
            state dict may lie under a common key such as `state_dict`, and all its names may begin
            with a prefix, such as `model.` of Lightning or `module.` of a data-parallel wrapper;
            it is dropped where the rest fits, and the log says so.
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
    tensors, metadata = read_tensors(path)
    sizes = metadata.get("config", "{}")
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    name, prefix = _choose(path, found, architecture, metadata.get("architecture"), sizes)
    if prefix:
        _log.info("%s: all names begin with %r, which is dropped", path, prefix)
    network = _build(name, sizes)
    # _choose has compared every name and shape.
    weights = {key.removeprefix(prefix): tensor for key, tensor in tensors.items()}
    network.load_state_dict(weights, strict=False)
    return LoadedNetwork(network.float().eval(), name, metadata, sha256_of(path))


def recognize(shapes: Shapes) -> str | None:
    """Return the architecture whose weights have these names and shapes; `None` for none.

    Args:
        shapes: The shape of every weight by its name; all names may begin with a prefix.

    Example:
        >>> recognize({"layer.weight": (1, 2)}) is None
        True
    """
    return next((name for name, one in _matches(shapes).items() if one.fits), None)


def _choose(
    path: Path, found: Shapes, asked: str, stated: str | None, sizes: str
) -> tuple[str, str]:
    """Return the architecture that is asked for, stated or recognized, and the names' prefix."""
    # Other projects write words of their own under that key, such as `Unet`.
    known = stated in fixed_names() or (stated or "").startswith(SMP_PREFIX)
    if asked != "auto" and known and asked != stated:
        raise CheckpointError(
            f"{path}: its metadata say {stated!r}, but {asked!r} was asked for; "
            f"leave --arch out, or give --arch {stated}"
        )
    name = asked if asked != "auto" else stated if known else None
    if name is None:
        return _recognized(path, found, stated)
    try:
        compared = match(found, _expected(name, sizes))
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    if compared.fits:
        return name, compared.prefix
    if remedy := compared.remedy(name):
        raise CheckpointError(f"{path}: {remedy}")
    other = recognize(found)
    mend = f"they are those of {other}" if other else "check which network it was trained as"
    raise CheckpointError(
        f"{path}: the weights are not those of {name}: {compared.explain()}; {mend}"
    )


def _recognized(path: Path, found: Shapes, stated: str | None) -> tuple[str, str]:
    matches = _matches(found)
    closest, nearest = max(
        matches.items(), key=lambda one: (one[1].agreeing, -len(one[1].differences))
    )
    if nearest.fits:
        return closest, nearest.prefix
    if remedy := nearest.remedy(closest):
        raise CheckpointError(f"{path}: {remedy}")
    word = f"; its metadata say {stated!r}, which is none" if stated else ""
    told = f"closest is {closest}: {nearest.explain()}"
    if not nearest.agreeing:
        told = f"no weight has name and shape of one of theirs, found {listed(list(found))}"
    raise CheckpointError(
        f"{path}: fits no known architecture ({', '.join(fixed_names())}){word}; {told}. For a "
        "model of segmentation-models-pytorch give --arch smp:<Decoder>/<encoder>"
    )


def _matches(found: Shapes) -> dict[str, Match]:
    return {name: match(found, _expected(name)) for name in fixed_names()}


def _build(architecture: str, sizes: str) -> nn.Module:
    if architecture != HOUSE:
        return build_network(architecture)
    try:
        return build_network(HOUSE, json.loads(sizes))
    except json.JSONDecodeError as error:
        raise CheckpointError(f"the metadata key 'config' is not JSON: {sizes!r}") from error


@cache
def _expected(architecture: str, sizes: str = "{}") -> Shapes:
    # Some encoders of the library read values while they are built, which meta tensors lack.
    with torch.device("cpu" if architecture.startswith(SMP_PREFIX) else "meta"):
        state = _build(architecture, sizes).state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items()}
