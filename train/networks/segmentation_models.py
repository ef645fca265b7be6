"""Any encoder-decoder of segmentation-models-pytorch, under the contract of our networks."""

from __future__ import annotations

import difflib
import sys
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, library, nn

from train.errors import CheckpointError
from train.networks.smp_options import Pixels, read_options, refuse_unknown

# Luma of ITU-R BT.601, as OpenCV and Pillow make gray of R, G, B.
_LUMA = (0.299, 0.587, 0.114)
# Set by ourselves, or never: what the library would do with them is not what is asked here.
_NOT_OPTIONS = frozenset(
    {"self", "encoder_name", "encoder_weights", "activation", "aux_params", "kwargs"}
)

VISION_OPERATORS = ("nms", "qnms")
_vision_library: library.Library | None = None


class HouseContract(nn.Module):
    """Mixed in before a model of the library: pixels in 0..255 in, N×H×W logits out.

    Names in the state dict stay those of the library.

    Attributes:
        pixels: How the network was given its pixels in training.
        channels: That it sees; 1 for gray.
        forged: Of a network of several classes, that of forged pixels.
    """

    pixels = Pixels()
    channels = 3
    forged = 1

    def forward(self, image: Tensor) -> Tensor:
        """Map N×3×H×W RGB pixels to N×H×W logits."""
        dtype = next(self.parameters()).dtype
        colors = image.float()
        if self.channels == 1:
            luma = torch.tensor(_LUMA, device=image.device).view(1, 3, 1, 1)
            colors = (colors * luma).sum(1, keepdim=True)
        elif self.pixels.color_order == "BGR":
            colors = colors.flip(1)
        mean, deviation = (
            torch.tensor([255.0 * one for one in values], device=image.device).view(1, -1, 1, 1)
            for values in (self.pixels.mean, self.pixels.std)
        )
        scaled = (colors - mean) / deviation
        logits: Tensor = super().forward(scaled.to(dtype))
        return logits[:, 0] if logits.shape[1] == 1 else logit_of_class(logits, self.forged)


def logit_of_class(logits: Tensor, forged: int) -> Tensor:
    """Return the logit whose sigmoid is the softmax probability of one class, N×H×W.

    Args:
        logits: N×K×H×W, K two or more.
        forged: The class.

    Example:
        >>> logits = torch.randn(1, 3, 4, 4)
        >>> found = torch.sigmoid(logit_of_class(logits, 2))
        >>> torch.allclose(found, logits.softmax(1)[:, 2], atol=1e-6)
        True
    """
    others = [number for number in range(logits.shape[1]) if number != forged]
    return logits[:, forged] - torch.logsumexp(logits[:, others], dim=1)


def build_segmentation_model(name: str) -> nn.Module:
    """Return a model with fresh weights, of one class unless the name says otherwise.

    Args:
        name: `<Decoder>/<encoder>` in the library's own names, such as `Unet/resnet34`, and
            options of the decoder behind it: `Unet/resnet34?decoder_attention_type=scse&
            decoder_channels=256,128,64,32,16&in_channels=1`. Ours are `mean` and `std` of pixels
            in 0..1 (default: ImageNet's) and `color_order`, `RGB` or `BGR`. With `in_channels=1`
            the network sees gray.

    Raises:
        CheckpointError: If the library is missing, or has no such decoder, encoder or option.

    Example:
        >>> build_segmentation_model("Unet/resnet18").eval()(torch.zeros(1, 3, 64, 64)).shape
        torch.Size([1, 64, 64])
    """
    smp = import_library()
    plain, options, pixels = read_options(name)
    decoder, encoder = _parts(name, plain, smp)
    if (channels := options.get("in_channels", 3)) not in (1, 3):
        raise CheckpointError(f"smp:{name}: in_channels must be 3, or 1 for gray, got {channels!r}")
    known = set(signature(decoder.__init__).parameters) - _NOT_OPTIONS
    refuse_unknown(name, options, known)
    model = type(decoder.__name__, (HouseContract, decoder), {})
    try:
        network: nn.Module = model(
            encoder_name=encoder, encoder_weights=None, **{"classes": 1, **options}
        )
    except (AssertionError, AttributeError, IndexError, KeyError, RuntimeError, TypeError,
            ValueError) as error:  # fmt: skip
        raise CheckpointError(
            f"smp:{name}: segmentation-models-pytorch cannot build it: {error}. "
            "Choose another encoder, decoder or option"
        ) from error
    # Plain values, which the state dict does not hold.
    network.pixels, network.channels = pixels, channels  # type: ignore[assignment]
    return network


def _parts(name: str, plain: str, smp: ModuleType) -> tuple[Any, str]:
    """Return the library's class of the decoder, and the name of the encoder."""
    decoder, _, encoder = plain.partition("/")
    decoders: dict[str, Any] = {
        model.__name__: model for model in smp.MODEL_ARCHITECTURES_MAPPING.values()
    }
    if decoder not in decoders:
        raise CheckpointError(
            f"smp:{name}: no decoder named {decoder!r}; there are: {', '.join(sorted(decoders))}"
        )
    if not encoder:
        raise CheckpointError(
            f"smp:{name}: names no encoder; write smp:{decoder}/<encoder>, such as "
            f"smp:{decoder}/resnet34"
        )
    if encoder not in smp.encoders.encoders and not encoder.startswith("tu-"):
        known = sorted(smp.encoders.encoders)
        near = difflib.get_close_matches(encoder, known, n=5, cutoff=0.4) or known
        raise CheckpointError(
            f"smp:{name}: no encoder named {encoder!r} in segmentation-models-pytorch "
            f"{smp.__version__}; near it are: {', '.join(near)}"
        )
    return decoders[decoder], encoder


def import_library() -> ModuleType:
    """Return segmentation-models-pytorch, imported in a way that any torchvision allows.

    Raises:
        CheckpointError: If it is not installed.
    """
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
    import_library()
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
