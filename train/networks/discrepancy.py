"""Discrepancy features: how much a place differs from its surroundings, whatever is there.

The magnitude of a filter whose weights sum to zero says nothing of the content of a smooth or
evenly textured place, and much of a seam. One filter per channel is learned; its magnitude goes to
the decoder together with the feature itself, fused by a 1×1 convolution.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.depthwise import depthwise

_SIDE = 5


class Discrepancy(nn.Module):
    """Features and the magnitudes of their zero-sum filters, as one.

    Args:
        inputs: Channels of the features.
        outputs: Channels of what is made of them.

    Example:
        >>> Discrepancy(8, 4).eval()(torch.zeros(1, 8, 6, 6)).shape
        torch.Size([1, 4, 6, 6])
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        """Start the filters as the difference to the mean around, with some noise."""
        super().__init__()
        start = torch.randn(inputs, 1, _SIDE, _SIDE) * 0.1
        start[:, :, _SIDE // 2, _SIDE // 2] += 1.0
        self.filters = nn.Parameter(start)
        # Two 1×1 convolutions added up are one over both; so each normalization follows one that
        # an engine folds it into.
        self.of_features = nn.Conv2d(inputs, outputs, 1)
        self.of_magnitudes = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.05)

    def zero_sum(self) -> Tensor:
        """Return the filters, `C×1×5×5`, each with a sum of zero."""
        return self.filters - self.filters.mean(dim=(2, 3), keepdim=True)

    def forward(self, features: Tensor) -> Tensor:
        """Map `N×C×H×W` to `N×outputs×H×W`."""
        # Beyond its border a map goes on as it ends: zeros would be a seam on every tile.
        reach = _SIDE // 2
        padded = F.pad(features, (reach, reach, reach, reach), mode="replicate")
        magnitude = depthwise(padded, self.zero_sum()).abs()
        joined: Tensor = self.of_features(features) + self.norm(self.of_magnitudes(magnitude))
        return joined
