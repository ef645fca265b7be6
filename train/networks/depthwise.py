"""Depthwise convolutions that train fast on a processor."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def depthwise(
    features: Tensor, weight: Tensor, stride: int | tuple[int, ...] = 1, padding: int | str = 0
) -> Tensor:
    """Filter each channel by itself, and never in bfloat16 on a processor.

    On processors, PyTorch's gradient of a 5×5 depthwise convolution takes about three times as long
    in bfloat16 as in float32. So under autocast these layers alone stay in float32.

    Args:
        features: `N×C×H×W`.
        weight: `C×1×k×k`.
        stride: Step of the filter.
        padding: Zeros added on each side, or `same` or `valid`.

    Returns:
        The filtered channels, in the dtype of `features`.

    Example:
        >>> depthwise(torch.zeros(1, 2, 6, 6), torch.zeros(2, 1, 3, 3)).shape
        torch.Size([1, 2, 4, 4])
    """
    groups = features.shape[1]
    if features.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
        return F.conv2d(features, weight, None, stride, padding, groups=groups)
    with torch.autocast("cpu", enabled=False):
        filtered = F.conv2d(features.float(), weight.float(), None, stride, padding, groups=groups)
    return filtered.to(features.dtype)


class DepthwiseConv(nn.Conv2d):
    """`depthwise` as a layer, with the parameters of the layer that it replaces."""

    @classmethod
    def of(cls, conv: nn.Conv2d) -> DepthwiseConv:
        """Take over a depthwise layer without bias, its weights shared.

        Args:
            conv: The layer.
        """
        made = cls(
            conv.in_channels,
            conv.out_channels,
            conv.kernel_size,  # type: ignore[arg-type]
            stride=conv.stride,  # type: ignore[arg-type]
            padding=conv.padding,  # type: ignore[arg-type]
            groups=conv.groups,
            bias=False,
        )
        made.weight = conv.weight
        return made

    def forward(self, features: Tensor) -> Tensor:
        """Map `N×C×H×W` to `N×C×H'×W'`."""
        return depthwise(features, self.weight, self.stride, self.padding)  # type: ignore[arg-type]
