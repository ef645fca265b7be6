"""Any encoder-decoder of segmentation-models-pytorch, under the contract of our networks."""

from __future__ import annotations

import difflib
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, library, nn

from train.errors import CheckpointError

# Mean and deviation of ImageNet's pixels, R, G, B in 0..255, as torchvision and timm use them.
# The library would ask a model hub for them.
IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_DEVIATION = (58.395, 57.12, 57.375)

VISION_OPERATORS = ("nms", "qnms")
_vision_library: library.Library | None = None


class HouseContract(nn.Module):
    """Mixed in before a model of the library: pixels in 0..255 in, N×H×W logits out.

    Names in the state dict stay those of the library.
    """

    def forward(self, image: Tensor) -> Tensor:
        """Map N×3×H×W RGB pixels to N×H×W logits."""
        dtype = next(self.parameters()).dtype
        mean, deviation = (
            torch.tensor(values, device=image.device).view(1, 3, 1, 1)
            for values in (IMAGENET_MEAN, IMAGENET_DEVIATION)
        )
        scaled = (image.float() - mean) / deviation
        logits: Tensor = super().forward(scaled.to(dtype))
        return logits[:, 0]


def build_segmentation_model(name: str) -> nn.Module:
    """Return a model with one class and fresh weights.

    Args:
        name: `<Decoder>/<encoder>` in the library's own names, such as `Unet/resnet34`.

    Raises:
        CheckpointError: If the library is missing, or has no such decoder or encoder.

    Example:
        >>> build_segmentation_model("Unet/resnet18").eval()(torch.zeros(1, 3, 64, 64)).shape
        torch.Size([1, 64, 64])
    """
    smp = _import_library()
    decoder, _, encoder = name.partition("/")
    decoders: dict[str, Any] = {
        model.__name__: model for model in smp.MODEL_ARCHITECTURES_MAPPING.values()
    }
    if decoder not in decoders:
        raise CheckpointError(
            f"smp:{name}: no decoder named {decoder!r}; there are: {', '.join(sorted(decoders))}"
        )
    if not encoder:
        raise CheckpointError(
            f"smp:{name}: names no encoder; write smp:{name}/<encoder>, such as smp:{name}/resnet34"
        )
    if encoder not in smp.encoders.encoders and not encoder.startswith("tu-"):
        known = sorted(smp.encoders.encoders)
        near = difflib.get_close_matches(encoder, known, n=5, cutoff=0.4) or known
        raise CheckpointError(
            f"smp:{name}: no encoder named {encoder!r} in segmentation-models-pytorch "
            f"{smp.__version__}; near it are: {', '.join(near)}"
        )
    model = type(decoder, (HouseContract, decoders[decoder]), {})
    try:
        network: nn.Module = model(encoder_name=encoder, encoder_weights=None, classes=1)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"smp:{name}: segmentation-models-pytorch cannot build this pair: {error}. "
            "Choose another encoder or decoder"
        ) from error
    return network


def _import_library() -> ModuleType:
    if find_spec("segmentation_models_pytorch") is None:
        raise CheckpointError(
            "smp: networks need segmentation-models-pytorch, which is not installed; "
            "run `pip install 'forensics_rt[export]'`"
        )
    _mend_torchvision()
    return import_module("segmentation_models_pytorch")


def import_timm() -> ModuleType:
    """Return timm, the library of encoders.

    Raises:
        CheckpointError: If it is not installed.
    """
    _import_library()
    return import_module("timm")


def _mend_torchvision() -> None:
    """Let torchvision import where its binary part was built for CUDA and torch was not.

    The Python part of torchvision describes two operators of the binary part; declaring them is
    enough, as no network calls them.
    """
    global _vision_library
    if torch.version.cuda is not None or _vision_library is not None:
        return
    try:
        import torchvision  # noqa: F401
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        for module in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[module]
        # torch forgets the operators as soon as the library object is collected.
        _vision_library = library.Library("torchvision", "FRAGMENT")
        for operator in VISION_OPERATORS:
            _vision_library.define(
                f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            )
