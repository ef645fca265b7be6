"""MVSS-Net: one view of the picture, one of its noise, and attention over both.

Chen, Dong, Ji, Cao and Li, "Image Manipulation Detection by Multi-View Multi-Scale Supervision",
ICCV 2021, section 3. Both views are a ResNet-50 (He et al., CVPR 2016) whose last stage keeps the
resolution and widens its view instead, as in DeepLab. The noise is what a constrained convolution
leaves of the gray image (Bayar and Stamm, IEEE TIFS 2018). Dual attention is that of Fu et al.,
CVPR 2019. The branch that finds edges teaches the network in training and is not run for a map.

Facts of the authors' repository (dong03/MVSS-Net): the names of the tensors; pixels are read as
OpenCV reads them, so the channels are B, G, R, and ImageNet's mean and deviation of R, G, B are
applied to them in that order; the image is resized to 512×512.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.published.dilated_resnet import BLOCKS, GROWTH, DilatedResNet
from train.networks.published.facts import Facts, imagenet

FACTS = Facts(
    paper="Chen et al., ICCV 2021, arXiv:2104.06832",
    source="github.com/dong03/MVSS-Net",
    license="none is stated",
    tile=512,
    not_run=re.compile(r"(^|\.)(erb_(db|trans)_\d|sobel_[xy]\d|fc)\."),
)
# R, G and B in gray, as the authors weigh them.
_GRAY = (0.2989, 0.5870, 0.1140)


class ConstrainedConv(nn.Module):
    """5×5 filters with -1 in the middle and a sum of 1 around it: what a pixel is not told by.

    The kernel holds the 24 weights around the middle, 1×3×24.
    """

    def __init__(self) -> None:
        """Start with any positive weights."""
        super().__init__()
        self.kernel = nn.Parameter(torch.rand(1, 3, 24))

    def forward(self, gray: Tensor) -> Tensor:
        """Map N×1×H×W to N×3×H×W."""
        around = self.kernel / self.kernel.sum(dim=2, keepdim=True)
        middle = -torch.ones_like(around[..., :1])
        filters = torch.cat([around[..., :12], middle, around[..., 12:]], dim=2)
        return F.conv2d(gray, filters.view(3, 1, 5, 5), padding=2)


class PlaceAttention(nn.Module):
    """Each place becomes a mean over all places, weighed by likeness."""

    def __init__(self, channels: int) -> None:
        """Build for these channels; places are compared in an eighth of them."""
        super().__init__()
        self.conv_b = nn.Conv2d(channels, channels // 8, 1)
        self.conv_c = nn.Conv2d(channels, channels // 8, 1)
        self.conv_d = nn.Conv2d(channels, channels, 1)
        self.alpha = nn.Parameter(torch.zeros(1))

    def forward(self, features: Tensor) -> Tensor:
        """Map N×C×H×W to the same shape."""
        asks, offers, values = (
            conv(features).flatten(2) for conv in (self.conv_b, self.conv_c, self.conv_d)
        )
        likeness = torch.softmax(asks.transpose(1, 2) @ offers, dim=-1)
        gathered: Tensor = values @ likeness.transpose(1, 2)
        return self.alpha * gathered.view_as(features) + features


class ChannelAttention(nn.Module):
    """Each channel becomes a mean over all channels, those that differ most weighing most."""

    def __init__(self) -> None:
        """Build what starts as the identity."""
        super().__init__()
        self.beta = nn.Parameter(torch.zeros(1))

    def forward(self, features: Tensor) -> Tensor:
        """Map N×C×H×W to the same shape."""
        flat = features.flatten(2)
        unlike = torch.softmax(-(flat @ flat.transpose(1, 2)), dim=-1)
        return self.beta * (unlike @ flat).view_as(features) + features


class DualAttention(nn.Module):
    """Attention over places and over channels, added up, and one logit for each place."""

    def __init__(self, inputs: int) -> None:
        """Build for these channels; a quarter of them is used inside."""
        super().__init__()
        inner = inputs // 4
        self.conv_p1, self.conv_c1 = _conv_norm(inputs, inner), _conv_norm(inputs, inner)
        self.pam, self.cam = PlaceAttention(inner), ChannelAttention()
        self.conv_p2, self.conv_c2 = _conv_norm(inner, inner), _conv_norm(inner, inner)
        self.out = nn.Sequential(nn.Dropout(0.1), nn.Conv2d(inner, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        """Map N×C×H×W to N×1×H×W."""
        places = self.conv_p2(self.pam(self.conv_p1(features)))
        channels = self.conv_c2(self.cam(self.conv_c1(features)))
        logits: Tensor = self.out(places + channels)
        return logits


class MVSSNet(nn.Module):
    """Logit of "this pixel was edited" for every pixel of an RGB image.

    The attention compares all places of a tile, so answers depend on its size.

    Args:
        width: Channels after the first layer; 64 in the published checkpoints.
        blocks: Of each of the three stages before the last.

    Example:
        >>> MVSSNet(width=4, blocks=(1, 1, 1)).eval()(torch.zeros(1, 3, 64, 96)).shape
        torch.Size([1, 64, 96])
    """

    def __init__(self, width: int = 64, blocks: Sequence[int] = BLOCKS) -> None:
        """Build the network with fresh weights."""
        super().__init__()
        self.model = DilatedResNet(width, blocks)
        self.noise_extractor = nn.ModuleDict({"model": DilatedResNet(width, blocks)})
        self.constrain_conv = ConstrainedConv()
        self.head = DualAttention(2 * GROWTH * width)

    def forward(self, image: Tensor) -> Tensor:
        """Map N×3×H×W RGB pixels in 0..255, sides multiples of 32, to N×H×W logits."""
        colors = imagenet(image.float().flip(1) / 255.0)
        weights = torch.tensor(_GRAY[::-1], device=image.device).view(1, 3, 1, 1)
        gray = (colors * weights).sum(1, keepdim=True).to(self.constrain_conv.kernel.dtype)
        noise = self.noise_extractor["model"](self.constrain_conv(gray))
        picture = self.model(colors.to(gray.dtype))
        logits = self.head(torch.cat([picture, noise], dim=1))
        size = image.shape[-2:]
        return F.interpolate(logits, size=size, mode="bilinear", align_corners=True)[:, 0]


def _conv_norm(inputs: int, outputs: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())
