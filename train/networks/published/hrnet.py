"""HRNet: branches at several resolutions that exchange what they hold after every four blocks.

Wang et al., "Deep High-Resolution Representation Learning for Visual Recognition", IEEE TPAMI 2020,
section 3. Module names are those of the authors.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    """Two 3×3 convolutions around a shortcut (He et al., CVPR 2016, figure 5 left)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        """Build a block, with a convolved shortcut where the channels change."""
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module = nn.Identity()
        if inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))

    def forward(self, features: Tensor) -> Tensor:
        """Map N×Cin×H×W to N×Cout×H×W."""
        inner = F.relu(self.bn1(self.conv1(features)))
        return F.relu(self.bn2(self.conv2(inner)) + self.downsample(features))


def basic_blocks(inputs: int, outputs: int, count: int) -> nn.Sequential:
    """Return so many blocks, the first of which changes the channels."""
    return nn.Sequential(
        *(BasicBlock(inputs if n == 0 else outputs, outputs) for n in range(count))
    )


class Exchange(nn.Module):
    """Blocks in each branch, and then each branch becomes a sum over all of them."""

    def __init__(self, channels: Sequence[int], blocks: int) -> None:
        """Build for branches of these channels, finest first, each of half the resolution."""
        super().__init__()
        self.branches = nn.ModuleList(basic_blocks(width, width, blocks) for width in channels)
        places = range(len(channels))
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(_brought(channels, source, target) for source in places)
            for target in places
        )

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Map features of all branches to features of the same shapes."""
        worked = [branch(one) for branch, one in zip(self.branches, maps, strict=True)]
        fused = []
        for target, layers in enumerate(self.fuse_layers):
            size = worked[target].shape[-2:]
            parts = []
            for source, layer in enumerate(layers.children()):
                part = layer(worked[source])
                if source > target:
                    part = F.interpolate(part, size=size, mode="bilinear")
                parts.append(part)
            fused.append(F.relu(sum(parts[1:], parts[0])))
        return fused


class Transition(nn.ModuleList):
    """Makes the branches of the next stage; one more, of half the coarsest resolution, if asked."""

    def __init__(self, before: Sequence[int], after: Sequence[int]) -> None:
        """Build for these channels before and after."""
        layers: list[nn.Module] = []
        for place, width in enumerate(after):
            if place >= len(before):
                layers.append(nn.Sequential(conv_norm(before[-1], width, 2, relu=True)))
            elif before[place] == width:
                layers.append(nn.Identity())
            else:
                layers.append(conv_norm(before[place], width, 1, relu=True))
        super().__init__(layers)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Map features of the branches before to those after."""
        given = [*maps, maps[-1]]
        return [layer(one) for layer, one in zip(self, given, strict=False)]


def conv_norm(inputs: int, outputs: int, stride: int, relu: bool) -> nn.Sequential:
    """Return a 3×3 convolution without bias and a normalization, and ReLU if asked."""
    conv = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), *([nn.ReLU()] if relu else []))


def _brought(channels: Sequence[int], source: int, target: int) -> nn.Module:
    """Return what brings features of one branch to the channels of another."""
    if source == target:
        return nn.Identity()
    if source > target:  # it is enlarged afterwards
        conv = nn.Conv2d(channels[source], channels[target], 1, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(channels[target]))
    steps: list[nn.Module] = []
    for step in range(target - source):
        last = step == target - source - 1
        outputs = channels[target] if last else channels[source]
        steps.append(conv_norm(channels[source], outputs, 2, relu=not last))
    return nn.Sequential(*steps)
