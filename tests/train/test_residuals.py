"""What the networks see first: the same maps as at full resolution, in phase layout."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from train.networks import build_network
from train.networks.residuals import ResidualFront, residual_kernels


def pixels(rows: int = 32, columns: int = 48) -> Tensor:
    return torch.randint(0, 256, (2, 3, rows, columns), generator=torch.manual_seed(5)).float()


def at_full_resolution(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the clamped maps and the energy, computed map by map."""
    kernels, gains = residual_kernels()
    gains = gains.view(1, -1, 1, 1)
    residual = F.conv2d(image, kernels, padding=2)
    clamped = (residual * gains).clamp(-12, 12) / 3
    energy = torch.log1p(F.avg_pool2d((residual * gains).square(), 4))
    return F.pixel_unshuffle(torch.cat([image / 127.5 - 1, clamped], 1), 2), energy


def test_the_maps_are_those_of_full_resolution_also_at_the_border() -> None:
    image = pixels()
    found, expected = ResidualFront()(image), at_full_resolution(image)
    torch.testing.assert_close(found, expected, rtol=2e-6, atol=2e-6)


def test_the_residuals_are_the_same_to_the_bit() -> None:
    """Small whole numbers over powers of two: no order of summing them rounds."""
    image, front = pixels(), ResidualFront()
    maps = F.conv2d(image, front.kernels, front.shift, stride=2, padding=2)
    expected = F.pixel_unshuffle(F.conv2d(image, residual_kernels()[0], padding=2), 2)
    assert torch.equal(maps[:, 12:], expected)
    assert torch.equal(maps[:, :12], F.pixel_unshuffle(image, 2) - 127.5)


def test_pixels_and_filters_are_exact_in_bfloat16() -> None:
    front = ResidualFront()
    every = torch.arange(256.0).expand(1, 3, 4, 256)
    maps = F.conv2d(every, front.kernels, front.shift, stride=2, padding=2)[:, :12]
    assert torch.equal(maps.bfloat16().float(), maps)
    assert torch.equal(front.kernels.bfloat16().float(), front.kernels)


def test_fixed_weights_are_not_in_a_checkpoint() -> None:
    assert not [name for name in build_network("forensic_unet").state_dict() if "front" in name]


def test_squares_beyond_float16_are_summed_in_float32() -> None:
    black_and_white = 255.0 * (pixels() > 127)
    _, energy = ResidualFront().half()(black_and_white.half())
    assert energy.dtype == torch.float16
    torch.testing.assert_close(
        energy.float(), ResidualFront()(black_and_white)[1], rtol=2e-3, atol=0
    )
