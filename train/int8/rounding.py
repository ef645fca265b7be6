"""Convolutions that round while they are trained, as the graph in int8 will round them.

Weights to 8 bits for each output channel, inputs to 8 bits for each tensor, gradients as if nothing
were rounded (Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", CVPR 2018, section 3). Normalizations keep their statistics: one
behind a convolution scales its output channels, and the steps of its weights along with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from train.int8.ranges import InputRange, TrainedRange

# So that a channel of zeros has a step.
_LEAST = 1e-12


class _Mode(Enum):
    EXACT = "exact"
    WIDEN = "widen"
    TRY = "try"
    ROUND = "round"


class RoundedNetwork:
    """A network whose convolutions can be told to round.

    Those that read a single pixel, such as the layers of a channel gate, never do: they cost
    nothing. The network is changed in place; `restore` takes everything out again.

    Args:
        network: In eval mode.

    Example:
        >>> rounded = RoundedNetwork(network)  # doctest: +SKIP
        >>> rounded.measure(tiles)  # doctest: +SKIP
        >>> logits = network(tiles[0])  # rounded from now on  # doctest: +SKIP
    """

    def __init__(self, network: nn.Module) -> None:
        """Put what rounds into every convolution; nothing rounds yet."""
        self._network = network
        self._seen: list[tuple[Tensor, TrainedRange]] = []
        self._layers = {
            name: _RoundedLayer(layer, self._seen)
            for name, layer in network.named_modules()
            if isinstance(layer, nn.Conv2d)
        }

    def measure(self, tiles: Sequence[Tensor]) -> None:
        """Measure what each convolution reads, and round from now on.

        Args:
            tiles: Each N×3×H×W pixels, 0 to 255.
        """
        for mode in (_Mode.WIDEN, _Mode.TRY):
            self._switch(mode)
            for tile in tiles:
                self._seen.clear()
                with torch.no_grad():
                    self._network(tile)
        self._seen.clear()
        for range_ in self._ranges():
            range_.settle()
        self._switch(_Mode.ROUND)

    def parameters(self) -> list[nn.Parameter]:
        """Return what decides the ranges, for an optimizer."""
        return [one.logarithm for one in self._ranges()]

    def restore(self) -> Mapping[str, InputRange]:
        """Give the network back as an ordinary one; return what each rounded layer reads."""
        self._switch(_Mode.EXACT)
        for layer in self._layers.values():
            layer.remove()
        layers = self._layers.items()
        return {name: one.reads.range for name, one in layers if one.reads is not None}

    def _ranges(self) -> list[TrainedRange]:
        ranges = (one.reads for one in self._layers.values() if one.reads is not None)
        return list({id(one): one for one in ranges}.values())

    def _switch(self, mode: _Mode) -> None:
        for layer in self._layers.values():
            layer.switch(mode)


class _RoundedLayer:
    """Measures or rounds what one convolution reads, and rounds its weights."""

    def __init__(self, layer: nn.Conv2d, seen: list[tuple[Tensor, TrainedRange]]) -> None:
        self.mode = _Mode.EXACT
        self.reads: TrainedRange | None = None
        self._layer, self._seen = layer, seen
        self._weights = _RoundedWeights()
        self._hook = layer.register_forward_pre_hook(self._read)
        parametrize.register_parametrization(layer, "weight", self._weights)

    def switch(self, mode: _Mode) -> None:
        """Do this from now on."""
        self.mode = mode
        self._weights.rounds = mode is _Mode.ROUND and self.reads is not None

    def remove(self) -> None:
        """Leave an ordinary convolution."""
        self._hook.remove()
        parametrize.remove_parametrizations(self._layer, "weight", leave_parametrized=False)

    def _read(self, layer: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        features, *others = arguments
        if self.mode in (_Mode.WIDEN, _Mode.TRY) and features.shape[-2:].numel() > 1:
            self._measure(features)
        if self.mode is not _Mode.ROUND or self.reads is None:
            return None
        return (self.reads.rounded(features), *others)

    def _measure(self, features: Tensor) -> None:
        # The graph rounds a tensor once, however many convolutions read it.
        before = next((reads for tensor, reads in self._seen if tensor is features), None)
        if self.reads is None:
            self.reads = before or TrainedRange()
        if before is None:
            self._seen.append((features, self.reads))
            see = self.reads.widen if self.mode is _Mode.WIDEN else self.reads.try_on
            see(features)


class _RoundedWeights(nn.Module):
    rounds = False

    def forward(self, weights: Tensor) -> Tensor:
        if not self.rounds:
            return weights
        widest = weights.detach().abs().flatten(1).amax(1).clamp(min=_LEAST)
        nothing = torch.zeros(len(widest), dtype=torch.int32, device=weights.device)
        rounded: Tensor = torch.fake_quantize_per_channel_affine(
            weights, widest / 127, nothing, 0, -127, 127
        )
        return rounded
