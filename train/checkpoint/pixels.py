"""What a checkpoint says of its pixels: a module of Lightning often keeps `mean` and `std`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from train.errors import CheckpointError
from train.networks.smp_options import Pixels, with_option

_NEAR = 0.01


def check_pixels(path: Path, name: str, network: nn.Module, beside: Mapping[str, Tensor]) -> None:
    """Refuse a checkpoint whose `mean` or `std` are not those that the network is given here.

    Args:
        path: The checkpoint.
        name: Of the architecture; a `mean` or `std` among its options counts, whatever was kept.
        network: Where its pixels can be chosen, it has `pixels`; other networks are not looked at.
        beside: Tensors beside the network's weights, by name; of pixels in 0..1 or 0..255.

    Raises:
        CheckpointError: Naming the option that has the network's own numbers.
    """
    pixels = getattr(network, "pixels", None)
    if not isinstance(pixels, Pixels):
        return
    for key, used in (("mean", pixels.mean), ("std", pixels.std)):
        tensor = beside.get(key, beside.get(f"pixel_{key}"))
        if tensor is None or f"{key}=" in name:  # what was said counts
            continue
        found = [float(one) for one in tensor.flatten()]
        found = [one / 255 for one in found] if max(found) > 2 else found
        wide = used * len(found) if len(used) == 1 else used
        if len(found) != len(wide) or any(
            abs(one - other) > _NEAR for one, other in zip(found, wide, strict=True)
        ):
            written = tuple(round(one, 4) for one in found)
            raise CheckpointError(
                f"{path}: its {key} of pixels is {list(written)}, but the network would be given "
                f"{list(used)}; say which it was trained with: --arch "
                f"'{with_option(name, key, written)}'"
            )
