"""A narrower house network that starts with the most important channels of a wider one.

What a channel is worth is estimated from the weights alone (compare Li et al., "Pruning Filters for
Efficient ConvNets", ICLR 2017): how strongly the normalizations let it vary, times how much the
layers that read it make of it. Layers that are added together share their channels, so one choice
is made for each residual stream, and one for what lies between the two layers of a block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from train.networks.forensic_unet import ForensicUNet, ResidualBlock


@dataclass(frozen=True)
class Channels:
    """Channels that can only be kept or dropped together.

    Attributes:
        stage: Whose width they have: 0 for a half of the resolution to 3 for a sixteenth.
        makers: Names of the layers that write them.
        readers: Names of the layers that read them.
    """

    stage: int
    makers: tuple[str, ...]
    readers: tuple[str, ...]


def narrowed(network: ForensicUNet, widths: Sequence[int]) -> ForensicUNet:
    """Return a narrower network with the most important channels of a wider one.

    It answers like the wider one where what is dropped was never used; else it must be trained.

    Args:
        network: The wider one; it is not changed.
        widths: Channels at 1/2, 1/4, 1/8 and 1/16 of the resolution.

    Raises:
        ValueError: If there are not four widths, or one is none of 1 to that of the network.

    Example:
        >>> narrowed(ForensicUNet(), (32, 48, 80, 128)).to_deep[0].out_channels
        128
    """
    before = widths_of(network)
    if len(widths) != len(before):
        raise ValueError(f"there must be {len(before)} widths, but are {len(widths)}: {widths}")
    for width, most in zip(widths, before, strict=True):
        if not 1 <= width <= most:
            raise ValueError(f"each width must be from 1 to that of {before}, but one is {width}")
    state = dict(network.state_dict())
    for channels in _all_channels(network):
        kept = _most_important(network, channels, widths[channels.stage])
        for name in channels.makers:
            for key in _written(network, name):
                state[key] = state[key][kept]
        for name in channels.readers:
            key = _weight(network, name)
            state[key] = state[key][:, kept]
    narrow = ForensicUNet(widths=tuple(widths), dilations=dilations_of(network))
    narrow.load_state_dict(state)
    return narrow.train(network.training)


def widths_of(network: ForensicUNet) -> tuple[int, ...]:
    """Return the channels at 1/2, 1/4, 1/8 and 1/16 of the resolution."""
    firsts = (network.stem, network.to_quarter, network.to_eighth, network.to_deep)
    return tuple(_convolution(first).out_channels for first in firsts)


def dilations_of(network: ForensicUNet) -> tuple[int, ...]:
    """Return the dilation of each block at 1/16."""
    blocks = [block for block in network.stage_deep if isinstance(block, ResidualBlock)]
    return tuple(_convolution(block.first).dilation[0] for block in blocks)


def _all_channels(network: ForensicUNet) -> Iterator[Channels]:
    deep = [f"stage_deep.{number}" for number in range(len(network.stage_deep))]
    yield Channels(0, ("stem", "stage_half.second"), ("stage_half.first", "to_quarter"))
    for stage, name, coarser in ((1, "quarter", "eighth"), (2, "eighth", "deep")):
        made = (f"to_{name}", f"energy_{name}", f"stage_{name}.second", f"merge_{name}.lift")
        yield Channels(stage, made, (f"stage_{name}.first", f"to_{coarser}", f"merge_{name}.fuse"))
    firsts, seconds = ([f"{block}.{part}" for block in deep] for part in ("first", "second"))
    yield Channels(3, ("to_deep", *seconds), (*firsts, "merge_eighth.lift"))
    yield Channels(2, ("merge_eighth.fuse",), ("merge_quarter.lift",))
    yield Channels(1, ("merge_quarter.fuse",), ("head",))
    blocks = [(0, "stage_half"), (1, "stage_quarter"), (2, "stage_eighth")]
    for stage, block in (*blocks, *((3, name) for name in deep)):
        yield Channels(stage, (f"{block}.first",), (f"{block}.second",))


def _most_important(network: ForensicUNet, channels: Channels, count: int) -> Tensor:
    """Return the numbers of the channels that stay, in their order."""
    layers = [network.get_submodule(name) for name in channels.makers]
    norms = [layer[1] for layer in layers if isinstance(layer, nn.Sequential)]
    varying = torch.stack([_variation(norm) for norm in norms]).sum(0)
    used = torch.stack([_use(network.get_submodule(name)) for name in channels.readers]).sum(0)
    return (varying * used).topk(count).indices.sort().values


def _variation(norm: nn.Module) -> Tensor:
    """Return how large each channel is behind its normalization."""
    state = norm.state_dict()
    return torch.hypot(state["weight"], state["bias"])


def _use(layer: nn.Module) -> Tensor:
    """Return the size of the weights that read each channel, normalization included."""
    weight = _convolution(layer).weight.detach().abs()
    if isinstance(layer, nn.Sequential) and isinstance(layer[1], nn.BatchNorm2d):
        state = layer[1].state_dict()
        scale = state["weight"] / (state["running_var"] + layer[1].eps).sqrt()
        weight = weight * scale.abs().view(-1, 1, 1, 1)
    return weight.sum(dim=(0, 2, 3))


def _convolution(layer: nn.Module) -> nn.Conv2d:
    conv = layer[0] if isinstance(layer, nn.Sequential) else layer
    if not isinstance(conv, nn.Conv2d):
        raise TypeError(f"expected a convolution, found {type(conv).__name__}")
    return conv


def _weight(network: ForensicUNet, name: str) -> str:
    joined = isinstance(network.get_submodule(name), nn.Sequential)
    return f"{name}.0.weight" if joined else f"{name}.weight"


def _written(network: ForensicUNet, name: str) -> list[str]:
    """Return the names of the tensors whose first dimension is the layer's output."""
    layer = network.get_submodule(name)
    return [f"{name}.{key}" for key, tensor in layer.state_dict().items() if tensor.ndim]
