"""Which options of a segmentation model would make a checkpoint fit, read from its weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from train.checkpoint.match import Match, Shapes
from train.errors import CheckpointError
from train.networks import SMP_PREFIX
from train.networks.smp_options import with_option

_BLOCK = re.compile(r"decoder\.blocks\.(\d+)\.conv1\.0\.weight$")
_FIRST = re.compile(r"(^|\.)encoder\.[\w.]*weight$")
_GATE = ".attention1.attention.cSE."


def nearest_options(
    name: str, found: Shapes, compare: Callable[[str], Match]
) -> tuple[str, str] | None:
    """Return the name with options that are nearer to the weights, and what is left to differ.

    Args:
        name: That was asked for; only those of segmentation-models-pytorch have options.
        found: The shape of every weight in the checkpoint by its name.
        compare: Compares the checkpoint with the network of a name.

    Returns:
        A name and words; `None` where nothing nearer is known.
    """
    if not name.startswith(SMP_PREFIX):
        return None
    nearer = name
    for key, value in _read(found):
        nearer = with_option(nearer, key, value)
    if nearer == name:
        return None
    try:
        before, after = compare(name), compare(nearer)
    except CheckpointError:  # a decoder that has no such options
        return None
    if len(after.differences) >= len(before.differences):
        return None
    if after.fits or after.fits_but_for_classes:
        return nearer, "whose names and shapes all fit"
    return nearer, f"which is nearer: {after.explain()}"


def _read(found: Shapes) -> Iterator[tuple[str, object]]:
    """Yield the options that names and shapes speak of."""
    if any(_GATE in name for name in found):
        yield "decoder_attention_type", "scse"
    blocks = {int(hit[1]): found[name][0] for name in found if (hit := _BLOCK.search(name))}
    channels = tuple(blocks[number] for number in sorted(blocks))
    if channels and channels != (256, 128, 64, 32, 16):
        yield "decoder_channels", channels
        if len(channels) != 5:
            yield "encoder_depth", len(channels)
    first = next((shape for name, shape in found.items() if _is_first(name, shape)), None)
    if first is not None and first[1] == 1:
        yield "in_channels", 1


def _is_first(name: str, shape: tuple[int, ...]) -> bool:
    return bool(_FIRST.search(name)) and len(shape) == 4
