"""Squeeze-and-excitation encoders: SE-ResNeXt-50, SE-ResNeXt-101 and SENet-154.

Hu, Shen and Sun, "Squeeze-and-Excitation Networks", CVPR 2018; the grouped bottleneck is that of
Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", CVPR 2017 (32×4d). The
layout is the one that the authors released for Caffe: the max-pool pads nothing and rounds up.
Module names are those of the published forgery checkpoints, so that these load unchanged.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STAGE_CHANNELS = (256, 512, 1024, 2048)
REDUCTION = 16


@dataclass(frozen=True)
class SENetConfig:
    """Shape of one encoder of the family.

    Attributes:
        blocks: Residual blocks in the stages at 1/4, 1/8, 1/16 and 1/32 of the input.
        groups: Groups of the 3×3 convolution.
        squeezed: Channels after a block's first convolution, as a share of what the block gives.
        grouped: Channels after its grouped convolution, likewise.
        deep_stem: Three 3×3 convolutions instead of one 7×7.
        wide_shortcut: The shortcut of a block that halves the resolution is 3×3 instead of 1×1.
    """

    blocks: tuple[int, int, int, int]
    groups: int
    squeezed: float
    grouped: float
    deep_stem: bool = False
    wide_shortcut: bool = False

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels after each of the five stages, finest first."""
        return (128 if self.deep_stem else 64, *STAGE_CHANNELS)


ENCODERS: Mapping[str, SENetConfig] = {
    "seresnext50": SENetConfig((3, 4, 6, 3), groups=32, squeezed=0.5, grouped=0.5),
    "seresnext101": SENetConfig((3, 4, 23, 3), groups=32, squeezed=0.5, grouped=0.5),
    "senet154": SENetConfig(
        (3, 8, 36, 3), groups=64, squeezed=0.5, grouped=1.0, deep_stem=True, wide_shortcut=True
    ),
}


def global_mean(features: Tensor) -> Tensor:
    """Return the mean over height and width, N×C×H×W to N×C×1×1, summed in float32.

    The sum over a 512×512 map leaves the range of float16, on engines that do not widen it by
    themselves.
    """
    return features.float().mean((2, 3), keepdim=True).to(features.dtype)


class ChannelGate(nn.Module):
    """Weigh each channel by a gate computed from its global mean (Hu et al., equations 2 to 4).

    Args:
        channels: Channels in and out.
        hidden: Channels between the two layers of the gate.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        """Build the two layers of the gate."""
        super().__init__()
        self.fc1 = nn.Conv2d(channels, hidden, 1)
        self.fc2 = nn.Conv2d(hidden, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Map N×C×H×W to the same shape."""
        gate = self.fc2(F.relu(self.fc1(global_mean(features))))
        return features * torch.sigmoid(gate)


class Bottleneck(nn.Module):
    """1×1, grouped 3×3 and 1×1 convolutions with a channel gate, around a shortcut.

    Args:
        inputs: Channels that come in.
        outputs: Channels that go out.
        stride: Of the grouped convolution and of the shortcut.
        config: The encoder it belongs to.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, config: SENetConfig) -> None:
        """Build the block, with a convolved shortcut where shapes change."""
        super().__init__()
        squeezed, grouped = int(outputs * config.squeezed), int(outputs * config.grouped)
        self.conv1 = nn.Conv2d(inputs, squeezed, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(squeezed)
        self.conv2 = nn.Conv2d(
            squeezed, grouped, 3, stride=stride, padding=1, groups=config.groups, bias=False
        )
        self.bn2 = nn.BatchNorm2d(grouped)
        self.conv3 = nn.Conv2d(grouped, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.se_module = ChannelGate(outputs, outputs // REDUCTION)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            kernel = 3 if config.wide_shortcut and stride != 1 else 1
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, features: Tensor) -> Tensor:
        """Map N×Cin×H×W to N×Cout×H/stride×W/stride."""
        inner = F.relu(self.bn1(self.conv1(features)))
        inner = F.relu(self.bn2(self.conv2(inner)))
        inner = self.se_module(self.bn3(self.conv3(inner)))
        return F.relu(inner + self.downsample(features))


def senet_stages(config: SENetConfig) -> nn.ModuleList:
    """Return the five stages of an encoder; the outputs are at 1/2, 1/4, 1/8, 1/16 and 1/32.

    Example:
        >>> features = torch.zeros(1, 3, 64, 64)
        >>> for stage in senet_stages(ENCODERS["seresnext50"]):
        ...     features = stage(features)
        >>> features.shape
        torch.Size([1, 2048, 2, 2])
    """
    stages: list[nn.Module] = [_stem(config)]
    inputs = config.channels[0]
    for count, outputs in zip(config.blocks, STAGE_CHANNELS, strict=True):
        stride = 1 if len(stages) == 1 else 2
        blocks = [Bottleneck(inputs, outputs, stride, config)]
        blocks += [Bottleneck(outputs, outputs, 1, config) for _ in range(count - 1)]
        stages.append(nn.Sequential(*blocks))
        inputs = outputs
    stages[1] = nn.Sequential(nn.MaxPool2d(3, stride=2, ceil_mode=True), stages[1])
    return nn.ModuleList(stages)


def _stem(config: SENetConfig) -> nn.Sequential:
    convs = [nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)]
    if config.deep_stem:
        convs = [
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
            for inputs, outputs, stride in ((3, 64, 2), (64, 64, 1), (64, 128, 1))
        ]
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, conv in enumerate(convs, start=1):
        layers[f"conv{number}"] = conv
        layers[f"bn{number}"] = nn.BatchNorm2d(conv.out_channels)
        layers[f"relu{number}"] = nn.ReLU()
    return nn.Sequential(layers)
