"""ResNet-50 (He et al., CVPR 2016) whose last stage widens its view in place of halving the map.

The dilations 1, 2 and 4 of the last stage are those of DeepLabv3 (Chen et al., 2017, section 3.3).
Module names are those of torchvision.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

GROWTH = 32
"""How many times as many channels come out as the first layer has."""
BLOCKS = (3, 4, 6)
"""Of the stages before the last, which has three."""
_LAST_DILATIONS = (1, 2, 4)
_EXPANSION = 4


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions around a shortcut."""

    def __init__(self, inputs: int, width: int, stride: int = 1, dilation: int = 1) -> None:
        """Build a block of `width` channels inside and four times as many out."""
        super().__init__()
        outputs = _EXPANSION * width
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))

    def forward(self, features: Tensor) -> Tensor:
        """Map N×Cin×H×W to N×Cout×H/stride×W/stride."""
        inner = F.relu(self.bn1(self.conv1(features)))
        inner = F.relu(self.bn2(self.conv2(inner)))
        return F.relu(self.bn3(self.conv3(inner)) + self.downsample(features))


class DilatedResNet(nn.Module):
    """Features at 1/16 of the resolution.

    Args:
        width: Channels after the first layer; 64 in ResNet-50.
        blocks: Of each of the three stages before the last.

    Example:
        >>> DilatedResNet(4).eval()(torch.zeros(1, 3, 64, 96)).shape
        torch.Size([1, 128, 4, 6])
    """

    def __init__(self, width: int, blocks: Sequence[int] = BLOCKS) -> None:
        """Build the four stages."""
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage, count in enumerate(blocks):
            inner = width << stage
            layers = [Bottleneck(inputs, inner, stride=1 if stage == 0 else 2)]
            inputs = _EXPANSION * inner
            layers += [Bottleneck(inputs, inner) for _ in range(count - 1)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*layers))
        inner = width << len(blocks)
        sizes = (inputs, _EXPANSION * inner, _EXPANSION * inner)
        pairs = zip(sizes, _LAST_DILATIONS, strict=True)
        self.layer4 = nn.Sequential(*(Bottleneck(size, inner, dilation=d) for size, d in pairs))

    def forward(self, image: Tensor) -> Tensor:
        """Map N×3×H×W to N×C×H/16×W/16."""
        features = F.max_pool2d(F.relu(self.bn1(self.conv1(image))), 3, stride=2, padding=1)
        for stage in range(4):
            features = self.get_submodule(f"layer{stage + 1}")(features)
        return features
