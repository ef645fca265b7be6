"""The network of the Tianchi FFT2 system: an SENet encoder under a U-Net decoder with scSE gates.

U-Net: Ronneberger, Fischer and Brox, MICCAI 2015. scSE: Roy, Navab and Wachinger, "Concurrent
Spatial and Channel Squeeze & Excitation in Fully Convolutional Networks", MICCAI 2018, section
2.3, with the element-wise maximum of the two gated maps in place of their sum. The decoder has no
batch normalization. Module names are those of the published checkpoints.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from train.networks.senet import ENCODERS, ChannelGate, senet_stages

DECODER_CHANNELS = (384, 256, 128, 64)
# The reference weights of the 101-layer network keep 64 channels to the end, the others halve them.
LAST_CHANNELS = {"seresnext50": 32, "seresnext101": 64, "senet154": 32}


class SCSEGate(ChannelGate):
    """Gate by channel and by place at once, and keep the larger of the two (Roy et al.).

    Args:
        channels: Channels in and out; the channel gate has half as many inside.
    """

    def __init__(self, channels: int) -> None:
        """Build the channel gate and the spatial gate."""
        super().__init__(channels, channels // 2)
        self.spatial_se = nn.Sequential(nn.Conv2d(channels, 1, 1, bias=False), nn.Sigmoid())

    def forward(self, features: Tensor) -> Tensor:
        """Map N×C×H×W to the same shape."""
        return torch.maximum(super().forward(features), features * self.spatial_se(features))


class Upsample(nn.Module):
    """Double the resolution by repetition, then convolve 3×3."""

    def __init__(self, inputs: int, outputs: int) -> None:
        """Build the layers for these channel counts."""
        super().__init__()
        self.layer = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(inputs, outputs, 3, padding=1),
            nn.ReLU(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map N×Cin×H×W to N×Cout×2H×2W."""
        result: Tensor = self.layer(features)
        return result


class Fuse(nn.Module):
    """Join the decoder's features with the encoder's of the same resolution, and gate them."""

    def __init__(self, inputs: int, outputs: int) -> None:
        """Build the layers for these channel counts."""
        super().__init__()
        self.seq = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), SCSEGate(outputs)
        )

    def forward(self, decoded: Tensor, skip: Tensor) -> Tensor:
        """Map N×Cd×H×W and N×Cs×H×W to N×Cout×H×W."""
        result: Tensor = self.seq(torch.cat([decoded, skip], dim=1))
        return result


class SCSEUNet(nn.Module):
    """Logit of "this pixel was forged" for every pixel of an RGB image.

    The gates pool over the whole input: the answer for a pixel depends on the size of its tile.

    Args:
        encoder: `seresnext50`, `seresnext101` or `senet154`.

    Example:
        >>> SCSEUNet("seresnext50").eval()(torch.zeros(1, 3, 64, 96)).shape
        torch.Size([1, 64, 96])
    """

    def __init__(self, encoder: str) -> None:
        """Build the encoder of that name and its decoder."""
        super().__init__()
        config = ENCODERS[encoder]
        self.encoder_stages = senet_stages(config)
        skips = config.channels[-2::-1]
        coarser = (config.channels[-1], *DECODER_CHANNELS[:-1])
        ups = [Upsample(*pair) for pair in zip(coarser, DECODER_CHANNELS, strict=True)]
        # The checkpoints number these from the finest, and the bottlenecks from the deepest.
        self.decoder_stages = nn.ModuleList(reversed(ups))
        self.bottlenecks = nn.ModuleList(
            Fuse(width + skip, width) for width, skip in zip(DECODER_CHANNELS, skips, strict=True)
        )
        self.last_upsample = Upsample(DECODER_CHANNELS[-1], LAST_CHANNELS[encoder])
        self.final = nn.Sequential(nn.Conv2d(LAST_CHANNELS[encoder], 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """Return the logits of `image`.

        Args:
            image: N×3×H×W floating point, RGB, 0..255, sides multiples of 32.

        Returns:
            N×H×W logits in the dtype of the weights.
        """
        # In float16 the scaled pixel would lose a tenth of a gray level.
        scaled = image.float() / 127.5 - 1.0
        features = scaled.to(next(self.final.parameters()).dtype)
        encoded = []
        for stage in self.encoder_stages:
            features = stage(features)
            encoded.append(features)
        skips = reversed(encoded[:-1])
        for up, fuse, skip in zip(
            reversed(self.decoder_stages), self.bottlenecks, skips, strict=True
        ):
            features = fuse(up(features), skip)
        logits: Tensor = self.final(self.last_upsample(features))
        return logits[:, 0]
