"""What is known of a published network, and how its pixels are made."""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch
from torch import Tensor

from train.networks.smp_options import IMAGENET_MEAN, IMAGENET_STD


@dataclass(frozen=True)
class Facts:
    """Of a published network.

    Attributes:
        paper: Where it was published.
        source: Where its authors offer code and weights.
        license: Of both, in their words.
        tile: Side of the squares that it was trained on, in pixels.
        not_run: Found in the names of tensors that are in the checkpoints and that no map needs;
            `None` where all are needed.
    """

    paper: str
    source: str
    license: str
    tile: int
    not_run: re.Pattern[str] | None = None

    @property
    def told(self) -> str:
        """What whoever runs the network should know."""
        return (
            f"of {self.paper} ({self.source}); license of code and weights: {self.license}; it was "
            f"trained on {self.tile}×{self.tile} pixels, so give it tiles of {self.tile}"
        )


def imagenet(colors: Tensor) -> Tensor:
    """Return N×3×H×W colors in 0..1, normalized channel by channel with ImageNet's numbers."""
    mean, deviation = (
        torch.tensor(three, device=colors.device).view(1, 3, 1, 1)
        for three in (IMAGENET_MEAN, IMAGENET_STD)
    )
    return (colors - mean) / deviation
