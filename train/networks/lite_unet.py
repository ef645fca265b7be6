"""A U-Net on EfficientNet-Lite0 that also sees pixels and noise at full resolution.

The encoder (Tan and Le, ICML 2019; the Lite variant has no gates and pools over no whole tile)
may start from ImageNet's weights: what an edge, a letter or a texture is need not be learned from
forgeries. Beside it runs the stem of the house network: the pixels and their high-pass residuals at
full resolution, unscaled. It joins the encoder early and the decoder late.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.discrepancy import Discrepancy
from train.networks.forensic_unet import ResidualBlock, conv_norm, doubled, fill_bias
from train.networks.lite_encoder import IMAGENET_WIDTHS, STEM_WIDTH, LiteEncoder
from train.networks.residuals import FRONT_MAPS, RESIDUAL_MAPS, ResidualFront


class LiteUNet(nn.Module):
    """Logit of "this pixel was edited" for every pixel of an RGB image.

    The input is `N×3×H×W` float, RGB, values 0..255, H and W multiples of 32; the output is
    `N×H×W` float logits. The scaling of pixels happens inside.

    Args:
        discrepancy: Give the decoder magnitudes of learned zero-sum filters beside the features.
        widths: Channels of the decoder at 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution.

    Example:
        >>> LiteUNet().eval()(torch.zeros(1, 3, 64, 96)).shape
        torch.Size([1, 64, 96])
    """

    def __init__(
        self,
        discrepancy: bool = True,
        widths: tuple[int, int, int, int, int] = (32, 40, 56, 80, 96),
    ) -> None:
        """Build the network; the full-resolution stem changes nothing in the encoder at first."""
        super().__init__()
        self.front = ResidualFront()
        half, *coarser = widths
        self.stem = conv_norm(FRONT_MAPS, half)
        self.stem_block = ResidualBlock(half)
        self.into_encoder = nn.Conv2d(half, STEM_WIDTH, 1)
        self.energy_into_encoder = nn.Conv2d(RESIDUAL_MAPS, IMAGENET_WIDTHS[1], 1)
        for part in (self.into_encoder, self.energy_into_encoder):
            nn.init.zeros_(part.weight)
            fill_bias(part, 0.0)
        self.encoder = LiteEncoder()
        self.laterals = nn.ModuleList(
            Discrepancy(inputs, width) if discrepancy else nn.Conv2d(inputs, width, 1)
            for inputs, width in zip(IMAGENET_WIDTHS, widths, strict=True)
        )
        self.lifts = nn.ModuleList(
            nn.Conv2d(coarse, fine, 1, bias=False)
            for fine, coarse in zip(widths[:-1], coarser, strict=True)
        )
        self.fuses = nn.ModuleList(conv_norm(width, width) for width in widths[:-1])
        self.head = nn.Conv2d(half, 4, 1)
        fill_bias(self.head, -3.0)  # forged pixels are rare

    def forward(self, image: Tensor) -> Tensor:
        """Return the logits of `image`.

        Args:
            image: `N×3×H×W` float, RGB, 0..255, sides multiples of 32.

        Returns:
            `N×H×W` logits.
        """
        maps, energy = self.front(image)
        fine = self.stem_block(F.relu(self.stem(maps)))
        stages = self.encoder(image, self.into_encoder(fine), self.energy_into_encoder(energy))
        lateral = [join(features) for join, features in zip(self.laterals, stages, strict=True)]
        lateral[0] = lateral[0] + fine
        merged = F.relu(lateral[-1])
        for level in reversed(range(len(self.lifts))):
            lifted = doubled(self.lifts[level](merged), self.training)
            merged = F.relu(self.fuses[level](lifted + lateral[level]))
        return F.pixel_shuffle(self.head(merged), 2)[:, 0]
