"""Networks by name: float N×3×H×W RGB pixels in 0..255 go in, N×H×W logits come out.

`forensic_unet_dct` takes the coefficients of a JPEG and their table besides.

Example:
    >>> from train.networks import build_network
    >>> network = build_network("seresnext50").eval()
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from train.errors import CheckpointError
from train.networks.published import PUBLISHED
from train.networks.scse_unet import SCSEUNet
from train.networks.senet import ENCODERS

HOUSE = "forensic_unet"
HOUSE_DCT = "forensic_unet_dct"
SMP_PREFIX = "smp:"


def fixed_names() -> tuple[str, ...]:
    """Return the names that stand for one network each, without the `smp:` family."""
    return (*ENCODERS, HOUSE, HOUSE_DCT, *PUBLISHED)


def build_network(architecture: str, sizes: Mapping[str, Any] | None = None) -> nn.Module:
    """Return a network with fresh weights, in training mode.

    Args:
        architecture: `seresnext50`, `seresnext101` or `senet154` (the Tianchi FFT2 networks),
            `forensic_unet` (the house network), `forensic_unet_dct` (that one with the coefficients
            of JPEG beside the pixels), `mvss_net`, `trufor`, `cat_net` and `dtd` (of others, see
            `train.networks.published`), or `smp:<Decoder>/<encoder>` for a model of
            segmentation-models-pytorch, such as `smp:Unet/resnet34`.
        sizes: Fields of `ForensicUNetConfig` for a house network, where they are not the usual
            ones; or arguments of a published network.

    Raises:
        CheckpointError: If there is no such network, or no such sizes; the message lists those
            that exist.
    """
    if architecture in ENCODERS:
        return SCSEUNet(architecture)
    if architecture in (HOUSE, HOUSE_DCT):
        from train.networks.forensic_unet import ForensicUNet
        from train.networks.forensic_unet_dct import ForensicUNetDct

        kind = ForensicUNet if architecture == HOUSE else ForensicUNetDct
        try:
            return kind(**sizes or {})
        except (TypeError, ValueError) as error:
            raise CheckpointError(f"no {architecture} of the sizes {sizes}: {error}") from error
    if architecture in PUBLISHED:
        try:
            return PUBLISHED[architecture][0](**sizes or {})
        except (TypeError, ValueError) as error:
            raise CheckpointError(f"no {architecture} of the sizes {sizes}: {error}") from error
    if architecture.startswith(SMP_PREFIX):
        from train.networks.segmentation_models import build_segmentation_model

        return build_segmentation_model(architecture.removeprefix(SMP_PREFIX))
    raise CheckpointError(
        f"no architecture named {architecture!r}; there are: {', '.join(fixed_names())}, and "
        "smp:<Decoder>/<encoder> such as smp:Unet/resnet34"
    )
