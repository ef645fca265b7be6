"""Depthwise layers are filters of single channels, and under autocast stay in float32."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from train.networks.depthwise import DepthwiseConv, depthwise
from train.networks.lite_encoder import EvenConv, LiteEncoder


@pytest.mark.parametrize("padding", [0, 1, "same"])
def test_each_channel_has_its_own_filter(padding: int | str) -> None:
    features, weight = torch.rand(2, 3, 8, 8), torch.rand(3, 1, 3, 3)
    by_channel = [F.conv2d(features[:, [c]], weight[[c]], None, padding=padding) for c in range(3)]
    torch.testing.assert_close(
        depthwise(features, weight, padding=padding), torch.cat(by_channel, dim=1)
    )


def test_under_autocast_the_values_are_those_of_float32() -> None:
    features, weight = torch.rand(1, 3, 8, 8), torch.rand(3, 1, 3, 3)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = F.conv2d(features, weight, None, groups=3)
        filtered = depthwise(features, weight)
    assert rounded.dtype == torch.bfloat16
    assert torch.equal(filtered, depthwise(features, weight))


def test_a_layer_takes_over_the_weights_of_another() -> None:
    conv = nn.Conv2d(4, 4, 5, stride=2, padding=2, groups=4, bias=False)
    made = DepthwiseConv.of(conv)
    features = torch.rand(1, 4, 12, 12)
    assert made.weight is conv.weight
    torch.testing.assert_close(made(features), conv(features))


def test_every_depthwise_layer_of_the_encoder_knows_of_autocast() -> None:
    layers = [m for m in LiteEncoder().modules() if isinstance(m, nn.Conv2d) and m.groups > 1]
    assert len(layers) == 16
    assert all(isinstance(layer, DepthwiseConv | EvenConv) for layer in layers)
