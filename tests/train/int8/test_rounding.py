"""Convolutions that round in training answer as the graph in int8 that is written of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from train.int8.rounding import RoundedNetwork


class Shared(nn.Module):
    """Two convolutions read one tensor, a third reads what may be negative."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.one, self.two = nn.Conv2d(3, 4, 3, bias=False), nn.Conv2d(3, 4, 3, bias=False)
        self.normalize = nn.BatchNorm2d(4)
        self.last, self.gate = nn.Conv2d(4, 1, 1), nn.Conv2d(4, 1, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        pixels = image / 255
        both = self.normalize(self.one(pixels)) - self.two(pixels)
        gate = self.gate(both.mean((2, 3), keepdim=True))
        return (self.last(both) * torch.sigmoid(gate))[:, 0]


@pytest.fixture
def network() -> nn.Module:
    return Shared().eval()


@pytest.fixture
def tile() -> torch.Tensor:
    return torch.randint(0, 256, (1, 3, 24, 24), generator=torch.Generator().manual_seed(2)).float()


def test_it_rounds_to_256_steps_and_gives_the_network_back(network, tile) -> None:
    with torch.inference_mode():
        exact = network(tile)
    names = set(network.state_dict())
    rounded = RoundedNetwork(network)
    assert torch.equal(network(tile), exact), "nothing rounds before it was measured"

    rounded.measure([tile])
    apart = (network(tile) - exact).abs().max()
    assert 0 < apart < 0.05 * exact.abs().max()
    read = []
    hook = network.one.register_forward_pre_hook(lambda layer, got: read.append(got[0]))
    network(tile)
    hook.remove()
    assert len(read[0].unique()) <= 256

    ranges = rounded.restore()
    assert set(ranges) == {"one", "two", "last"}, "a gate reads a single pixel, and never rounds"
    assert set(network.state_dict()) == names
    with torch.inference_mode():
        assert torch.equal(network(tile), exact)


def test_what_is_never_negative_has_twice_the_steps(network, tile) -> None:
    rounded = RoundedNetwork(network)
    rounded.measure([tile])
    ranges = rounded.restore()

    assert ranges["one"].low == 0.0 and ranges["one"].high == pytest.approx(1.0, rel=0.01)
    assert ranges["last"].low == pytest.approx(-ranges["last"].high)
    assert ranges["one"] == ranges["two"], "the graph rounds a tensor once"


def test_gradients_pass_as_if_nothing_were_rounded(network, tile) -> None:
    rounded = RoundedNetwork(network)
    network(tile).sum().backward()
    exact = network.last.parametrizations.weight.original.grad.clone()
    network.zero_grad()
    rounded.measure([tile])
    network(tile).sum().backward()

    close = network.last.parametrizations.weight.original.grad
    assert np.allclose(close, exact, rtol=0.1, atol=0.02 * float(exact.abs().max()))
    ranges = rounded.parameters()
    assert len(ranges) == 2 and all(one.grad is not None for one in ranges)


def test_values_far_out_are_cut_off(network) -> None:
    """One pixel of a million is no reason for coarse steps of all others."""
    features = torch.full((1, 3, 512, 512), 2.4)
    features[..., ::2] = 3.4
    features[0, 0, 0, 0] = 255.0
    rounded = RoundedNetwork(network)
    rounded.measure([features])

    assert rounded.restore()["one"].high < 0.9
