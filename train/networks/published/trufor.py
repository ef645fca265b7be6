"""TruFor: a transformer that sees the picture beside its noise, which another network extracts.

Guillaro, Cozzolino, Sud, Dufour and Verdoliva, "TruFor: Leveraging All-Round Clues for Trustworthy
Image Forgery Detection and Localization", CVPR 2023, section 3. The noise is Noiseprint++: a DnCNN
(Zhang et al., IEEE TIP 2017) of 17 layers, trained to tell cameras and their histories apart. Two
SegFormer-B2 encoders read picture and noise and meet in every stage as in CMX; a decoder of linear
layers makes the map. The map of confidence and the score of the whole image are not run here.

Facts of the authors' repository (grip-unina/TruFor): the names of the tensors; R, G, B divided by
256, which the noise network takes as they are and the picture encoder after ImageNet's
normalization; two classes, the second of forged pixels; crops of 512×512 in training, whole images
in use; and that the decoder's normalization has an epsilon of 0.001.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.networks.published.cross_modal import Fuse, Rectify
from train.networks.published.facts import Facts, imagenet
from train.networks.published.mix_transformer import NORM_EPSILON, Block, Patches

FACTS = Facts(
    paper="Guillaro et al., CVPR 2023, arXiv:2212.10957",
    source="github.com/grip-unina/TruFor",
    license="for informational and nonprofit purposes only",
    tile=512,
    not_run=re.compile(r"(^|\.)(decode_head_conf|detection)\."),
)
_HEADS = (1, 2, 5, 8)
_REDUCTIONS = (8, 4, 2, 1)
_DECODER_EPSILON = 1e-3


class Encoder(nn.Module):
    """Two encoders, the second with `extra_` before its names, that meet after each stage."""

    def __init__(self, widths: Sequence[int], depths: Sequence[int]) -> None:
        """Build four stages of these channels and so many blocks."""
        super().__init__()
        self.FRMs = nn.ModuleList(Rectify(width) for width in widths)
        pairs = zip(widths, _HEADS, strict=True)
        self.FFMs = nn.ModuleList(Fuse(width, heads) for width, heads in pairs)
        for view in ("", "extra_"):
            inputs = 3
            for stage, width in enumerate(widths):
                side, stride = (7, 4) if stage == 0 else (3, 2)
                patches = Patches(inputs, width, side, stride)
                sizes = (width, _HEADS[stage], _REDUCTIONS[stage])
                blocks = nn.ModuleList(Block(*sizes) for _ in range(depths[stage]))
                self.add_module(f"{view}patch_embed{stage + 1}", patches)
                self.add_module(f"{view}block{stage + 1}", blocks)
                self.add_module(f"{view}norm{stage + 1}", nn.LayerNorm(width, NORM_EPSILON))
                inputs = width

    def forward(self, picture: Tensor, noise: Tensor) -> list[Tensor]:
        """Map two N×H×W×3 to four N×C×H×W, at 1/4, 1/8, 1/16 and 1/32."""
        fused = []
        for stage, (rectify, fuse) in enumerate(zip(self.FRMs, self.FFMs, strict=True)):
            picture = self._view("", stage + 1, picture)
            noise = self._view("extra_", stage + 1, noise)
            picture, noise = rectify(picture, noise)
            fused.append(fuse(picture, noise))
        return fused

    def _view(self, view: str, stage: int, maps: Tensor) -> Tensor:
        names = ("patch_embed", "block", "norm")
        patches, blocks, norm = (self.get_submodule(f"{view}{one}{stage}") for one in names)
        maps = patches(maps)
        for block in blocks.children():
            maps = block(maps)
        normed: Tensor = norm(maps)
        return normed


class Decoder(nn.Module):
    """All stages with the same channels at the finest resolution, and one logit for each place."""

    def __init__(self, widths: Sequence[int], channels: int) -> None:
        """Build for stages of these channels."""
        super().__init__()
        for stage, width in enumerate(widths, start=1):
            linear = nn.ModuleDict({"proj": nn.Linear(width, channels)})
            self.add_module(f"linear_c{stage}", linear)
        norm = nn.BatchNorm2d(channels, eps=_DECODER_EPSILON)
        join = nn.Conv2d(len(widths) * channels, channels, 1)
        self.linear_fuse = nn.Sequential(join, norm, nn.ReLU())
        self.linear_pred = nn.Conv2d(channels, 1, 1)

    def forward(self, stages: list[Tensor]) -> Tensor:
        """Map four N×C×H×W, finest first, to N×1×H×W of the finest."""
        size = stages[0].shape[-2:]
        parts = []
        for stage, maps in enumerate(stages, start=1):
            linear = self.get_submodule(f"linear_c{stage}.proj")
            part = linear(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            parts.append(part if stage == 1 else F.interpolate(part, size=size, mode="bilinear"))
        logits: Tensor = self.linear_pred(self.linear_fuse(torch.cat(parts[::-1], dim=1)))
        return logits


class TruFor(nn.Module):
    """Logit of "this pixel was edited" for every pixel of an RGB image.

    Attention and gates look over the whole tile, so answers depend on its size.

    Args:
        widths: Channels of the four stages, multiples of 1, 2, 5 and 8.
        depths: Blocks of the four stages.
        decoder: Channels of the decoder.
        noise_width: Channels of the noise network.
        noise_depth: Its layers.

    Attributes:
        one_tile_size: A graph of it is for tiles of one size. With free sides, PyTorch's exporter
            spends its time on what follows for the sides of each stage.

    Example:
        >>> small = TruFor((8, 8, 10, 16), (1, 1, 1, 1), decoder=8, noise_width=4, noise_depth=3)
        >>> small.eval()(torch.zeros(1, 3, 64, 96)).shape
        torch.Size([1, 64, 96])
    """

    one_tile_size = True

    def __init__(
        self,
        widths: Sequence[int] = (64, 128, 320, 512),
        depths: Sequence[int] = (3, 4, 6, 3),
        decoder: int = 512,
        noise_width: int = 64,
        noise_depth: int = 17,
    ) -> None:
        """Build the network with fresh weights."""
        super().__init__()
        self.backbone = Encoder(widths, depths)
        self.decode_head = Decoder(widths, decoder)
        self.dncnn = _noise_network(noise_width, noise_depth)

    def forward(self, image: Tensor) -> Tensor:
        """Map N×3×H×W RGB pixels in 0..255, sides multiples of 32, to N×H×W logits."""
        colors = image.float() / 256.0
        dtype = self.decode_head.linear_pred.weight.dtype
        noise = self.dncnn(colors.to(dtype)).expand(-1, 3, -1, -1)
        picture = imagenet(colors).to(dtype)
        stages = self.backbone(picture.permute(0, 2, 3, 1), noise.permute(0, 2, 3, 1))
        logits = self.decode_head(stages)
        return F.interpolate(logits, size=image.shape[-2:], mode="bilinear")[:, 0]


def _noise_network(width: int, depth: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.ReLU()]
    for _ in range(depth - 2):
        conv = nn.Conv2d(width, width, 3, padding=1, bias=False)
        layers += [conv, nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(width, 1, 3, padding=1))
