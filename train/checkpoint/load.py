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
from train.checkpoint.classes import asked_classes, choose_class, without_classes
from train.checkpoint.file import read_tensors
from train.checkpoint.match import Match, Shapes, WeightsChoice, is_average, listed, match
from train.checkpoint.nearest import nearest_options
from train.checkpoint.pixels import check_pixels
from train.errors import CheckpointError
from train.networks import HOUSE, HOUSE_DCT, SMP_PREFIX, build_network, fixed_names
from train.networks.published import PUBLISHED, not_run

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


def load_checkpoint(
    path: str | Path,
    architecture: str = "auto",
    weights: WeightsChoice = "auto",
    forged: int | None = None,
) -> LoadedNetwork:
    """Read a checkpoint.

    Args:
        path: `.safetensors`, or `.pth`, `.pt`, `.ckpt`, `.bin`, `.pth.tar` as `torch.save` writes
            them. The state dict may lie under a common key such as `state_dict`, and all its names
            may begin with a prefix, such as `model.` of Lightning or `module.` of a data-parallel
            wrapper; it is dropped where the rest fits, and the log says so. Objects beside the
            weights are never made.
        architecture: A name that `build_network` takes. `auto` takes it from the metadata key
            `architecture` where that is such a name, or finds it by the names and shapes of the
            weights; models of segmentation-models-pytorch need one of the first two. Sizes of a
            house or published network other than the usual ones stand as JSON in the metadata key
            `config`.
        weights: Of weights and their moving average, which to take: `model` or `ema`; `auto` takes
            the weights where both are there, and warns.
        forged: Of a network of several classes, the one of forged pixels, counted from 0; `None`
            for the second of two, which is said.

    Raises:
        CheckpointError: If the file is missing, damaged, holds what is not asked for, or does not
            fit the architecture.

    Example:
        >>> load_checkpoint("fold1.pth").architecture  # doctest: +SKIP
        'seresnext50'
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file; give the path of a checkpoint")
    read = read_tensors(path, weights)
    sizes = read.metadata.get("config", "{}")
    found = {name: tuple(tensor.shape) for name, tensor in read.tensors.items()}
    stated = read.metadata.get("architecture")
    name, compared = _choose(path, found, architecture, stated, sizes, weights)
    _tell(path, compared, weights, read.averaged)
    # _choose has compared every name and shape.
    tensors = {key.removeprefix(compared.prefix): read.tensors[key] for key in compared.taken}
    chosen = choose_class(path, name, compared, forged, asked_classes(architecture))
    name, tensors = chosen.name, tensors | chosen.folded(tensors)
    network = _build(name, sizes)
    if name in PUBLISHED:
        _log.warning("%s: %s", path, PUBLISHED[name][1].told)
    if chosen.count > 2:
        network.forged = chosen.forged  # type: ignore[assignment]
    network.load_state_dict(tensors, strict=False)
    beside = {key: read.tensors[key] for key in compared.beside}
    check_pixels(path, name, network, beside)
    return LoadedNetwork(network.float().eval(), name, read.metadata, sha256_of(path))


def recognize(shapes: Shapes) -> str | None:
    """Return the architecture whose weights have these names and shapes; `None` for none.

    Args:
        shapes: The shape of every weight by its name; all names may begin with a prefix.

    Example:
        >>> recognize({"layer.weight": (1, 2)}) is None
        True
    """
    return next((name for name, one in _matches(shapes).items() if one.fits), None)


def _tell(path: Path, compared: Match, weights: WeightsChoice, averaged: bool) -> None:
    """Say what was dropped, and refuse where the average that was asked for is not there."""
    prefix = compared.prefix
    average = averaged or is_average(prefix)
    if weights == "ema" and not average:
        raise CheckpointError(
            f"{path}: --weights ema was asked for, but no averaged weights are in it, neither "
            "under a key such as model_ema nor under a prefix such as ema_model.; leave it out"
        )
    if weights == "model" and is_average(prefix):
        raise CheckpointError(
            f"{path}: holds only averaged weights, under {prefix!r}; leave out --weights model"
        )
    rivals = [one for one in compared.copies if is_average(one) == is_average(prefix)]
    if rivals:
        named = " and ".join(map(repr, sorted([prefix, *rivals])))
        raise CheckpointError(
            f"{path}: holds the network {len(rivals) + 1} times, under {named}; save the one that "
            f"is meant alone: torch.save(trained.{rivals[0].rstrip('.')}.state_dict(), "
            "'weights.pth')"
        )
    if weights == "auto" and compared.copies:
        _log.warning(
            "%s: the weights under %r are taken, not the averaged ones under %r; to have those, "
            "give --weights ema",
            path,
            prefix,
            compared.copies[0],
        )
    if prefix:
        share = "the network's" if compared.copies or compared.beside else "all"
        _log.info("%s: %s names begin with %r, which is dropped", path, share, prefix)
    if compared.beside:
        names = listed(compared.beside)
        _log.warning("%s: left out, as no map needs them: %s", path, names)


def _choose(
    path: Path,
    found: Shapes,
    asked: str,
    stated: str | None,
    sizes: str,
    weights: WeightsChoice,
) -> tuple[str, Match]:
    """Return the architecture that is asked for, stated or recognized, and how it compares."""
    # Other projects write words of their own under that key, such as `Unet`.
    known = stated in fixed_names() or (stated or "").startswith(SMP_PREFIX)
    if asked != "auto" and known and asked != stated:
        raise CheckpointError(
            f"{path}: its metadata say {stated!r}, but {asked!r} was asked for; "
            f"leave --arch out, or give --arch {stated}"
        )
    # How many classes there are, the weights say.
    name = without_classes(asked) if asked != "auto" else stated if known else None
    if name is None:
        return _recognized(path, found, stated, weights)
    try:
        compared = match(found, _expected(name, sizes), weights, not_run(name))
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    if compared.fits or compared.fits_but_for_classes:
        return name, compared
    if remedy := compared.remedy(name):
        raise CheckpointError(f"{path}: {remedy}")
    other = recognize(found)
    mend = f"they are those of {other}" if other else "check which network it was trained as"
    if near := nearest_options(name, found, lambda one: match(found, _expected(one), weights)):
        mend = f"give --arch '{near[0]}', {near[1]}"
    raise CheckpointError(
        f"{path}: the weights are not those of {name}: {compared.explain()}; {mend}"
    )


def _recognized(
    path: Path, found: Shapes, stated: str | None, weights: WeightsChoice
) -> tuple[str, Match]:
    matches = _matches(found, weights)
    closest, nearest = max(
        matches.items(), key=lambda one: (one[1].agreeing, -len(one[1].differences))
    )
    if nearest.fits or nearest.fits_but_for_classes:
        return closest, nearest
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


def _matches(found: Shapes, weights: WeightsChoice = "auto") -> dict[str, Match]:
    return {name: match(found, _expected(name), weights, not_run(name)) for name in fixed_names()}


def _build(architecture: str, sizes: str) -> nn.Module:
    if architecture not in (HOUSE, HOUSE_DCT, *PUBLISHED):
        return build_network(architecture)
    try:
        return build_network(architecture, json.loads(sizes))
    except json.JSONDecodeError as error:
        raise CheckpointError(f"the metadata key 'config' is not JSON: {sizes!r}") from error


@cache
def _expected(architecture: str, sizes: str = "{}") -> Shapes:
    # Some encoders of the library read values while they are built, which meta tensors lack.
    with torch.device("cpu" if architecture.startswith(SMP_PREFIX) else "meta"):
        state = _build(architecture, sizes).state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items()}
