"""The house network with a second input: the JPEG's own coefficients beside the pixels.

A page that is saved again keeps, in the values of its coefficients, the steps by which they were
divided before; a part that was pasted in has other steps, or none. The pixels show this too, but
rounded and clipped. That a network should read the coefficients themselves is the idea of CAT-Net
(Kwon et al., WACV 2021) and of DTD (Qu et al., CVPR 2023); the branch is our own, and small.

Each of the 64 frequencies is a channel at 1/8 of the resolution, one place for each block. Three
maps say of a coefficient its value, whether it is 0, and how large it is in steps. The table, as
logarithms, scales and shifts the channels that are made of them: a value of 1 means little where it
was divided by 2 and much where it was divided by 60.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.forensic_unet import ForensicUNet, ForensicUNetConfig, ResidualBlock, conv_norm

DCT_LIMIT = 20
_BLOCK = 8
_FREQUENCIES = _BLOCK * _BLOCK
_MAPS = 3
_WIDTH = 48
_LARGEST_STEP = 255.0


class DctBranch(nn.Module):
    """Features of every block from its coefficients and the table.

    Args:
        outputs: Channels that are given.
        width: Channels inside.

    Example:
        >>> branch = DctBranch(96).eval()
        >>> branch(torch.zeros(1, 64, 96), torch.ones(1, 8, 8)).shape
        torch.Size([1, 96, 8, 12])
    """

    def __init__(self, outputs: int, width: int = _WIDTH) -> None:
        """Build a branch that starts by adding nothing."""
        super().__init__()
        self.read = nn.Conv2d(_MAPS * _FREQUENCIES, width, 1)
        self.table = nn.Conv2d(_FREQUENCIES, 2 * width, 1)  # of one place
        self.near = conv_norm(width, width)
        self.stage = ResidualBlock(width)
        self.give = nn.Conv2d(width, outputs, 1)
        for layer in (self.table, self.give):
            nn.init.zeros_(layer.weight)
            _clear(layer.bias)

    def forward(self, dct: Tensor, quantization: Tensor) -> Tensor:
        """Return `N×C×H/8×W/8` of coefficients `N×H×W` and tables `N×8×8`, both float."""
        blocks = F.pixel_unshuffle(dct[:, None], _BLOCK)
        size = blocks.abs()
        maps = [blocks / DCT_LIMIT, size.clamp(max=1.0), torch.log1p(size) / math.log1p(DCT_LIMIT)]
        features = self.read(torch.cat(maps, dim=1))
        steps = quantization.flatten(1).clamp(min=1.0).log() / math.log(_LARGEST_STEP)
        scale, shift = self.table(steps[:, :, None, None]).chunk(2, dim=1)
        features = F.relu(features * (1.0 + scale) + shift)
        given: Tensor = self.give(self.stage(F.relu(self.near(features))))
        return given


def _clear(bias: Tensor | None) -> None:
    if bias is not None:
        nn.init.zeros_(bias)


class ForensicUNetDct(ForensicUNet):
    """Logit of "this pixel was edited" from the pixels and the coefficients of their JPEG.

    The inputs are `N×3×H×W` float, RGB, values 0..255; `N×H×W` integers, the coefficients of luma
    clipped to ± `dct_limit`; and `N×8×8` integers, their table. H and W are multiples of 32, and
    the image starts with a block. The output is `N×H×W` float logits.

    Attributes:
        dct_limit: How coefficients are to be clipped: what makes a bundle of it read them.

    Example:
        >>> network = ForensicUNetDct().eval()
        >>> network(torch.zeros(1, 3, 64, 96), torch.zeros(1, 64, 96), torch.ones(1, 8, 8)).shape
        torch.Size([1, 64, 96])
    """

    name = "forensic_unet_dct"
    dct_limit = DCT_LIMIT

    def __init__(self, **sizes: Any) -> None:
        """Build the network from fields of a `ForensicUNetConfig`."""
        super().__init__(**sizes)
        config = ForensicUNetConfig(**{k: tuple(v) for k, v in sizes.items()})
        self.dct = DctBranch(config.widths[2])

    def forward(self, image: Tensor, dct: Tensor, quantization: Tensor) -> Tensor:  # type: ignore[override]
        """Return the logits.

        Args:
            image: `N×3×H×W` float, RGB, 0..255, sides multiples of 32.
            dct: `N×H×W`, frequency (u, v) of each block at its row u and column v.
            quantization: `N×8×8`, laid out alike.

        Returns:
            `N×H×W` logits, of the dtype the last layer ran in.
        """
        beside = self.dct(dct.to(image.dtype), quantization.to(image.dtype))
        return self.logits(image, beside)
