"""The house network with the coefficients of JPEG: what it reads, and how far it looks."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file

from train.checkpoint.load import load_checkpoint
from train.networks import build_network
from train.networks.forensic_unet_dct import DCT_LIMIT, ForensicUNetDct

SIZES = {"widths": [8, 8, 8, 8], "dilations": [1]}


@pytest.fixture
def network() -> ForensicUNetDct:
    torch.manual_seed(2)
    made = build_network("forensic_unet_dct", SIZES).eval()
    with torch.no_grad():
        for parameter in made.dct.parameters():
            parameter.normal_(std=0.2)
    return made


def inputs(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    image = torch.rand(1, 3, height, width) * 255
    dct = torch.randint(-DCT_LIMIT, DCT_LIMIT + 1, (1, height, width), dtype=torch.int32)
    return image, dct, torch.randint(1, 100, (1, 8, 8), dtype=torch.int32)


def test_it_answers_every_pixel_by_pixels_coefficients_and_table(network) -> None:
    image, dct, table = inputs(64, 96)
    with torch.inference_mode():
        logits = network(image, dct, table)
        others = [network(255 - image, dct, table), network(image, dct // 2, table)]
        others.append(network(image, dct, table + 40))
    assert logits.shape == (1, 64, 96)
    assert all((other - logits).abs().max() > 1e-3 for other in others)


def test_without_training_it_is_the_network_without_the_branch() -> None:
    with_branch = build_network("forensic_unet_dct", SIZES).eval()
    alone = build_network("forensic_unet", SIZES).eval()
    alone.load_state_dict(with_branch.state_dict(), strict=False)
    image, dct, table = inputs(32, 64)
    with torch.inference_mode():
        assert torch.equal(with_branch(image, dct, table), alone(image))


def test_a_tile_gives_what_the_whole_page_gives_where_its_edge_is_far(network) -> None:
    image, dct, table = inputs(256, 512)
    cut = slice(96, 416)
    with torch.inference_mode():
        whole = network(image, dct, table)
        tile = network(image[..., cut], dct[..., cut], table)
        # A coefficient beyond the edge must count, too, or nothing is shown.
        other = network(image, dct.roll(1, 2), table)
    inner = slice(128, 192)  # 128 pixels from both edges, which is further than the network looks
    assert (tile[..., inner] - whole[..., cut][..., inner]).abs().max() < 1e-4
    assert (other - whole)[..., cut][..., inner].abs().max() > 1e-2


def test_a_checkpoint_says_its_architecture_and_sizes(tmp_path, network) -> None:
    told = {"architecture": "forensic_unet_dct", "config": json.dumps(SIZES)}
    save_file(network.state_dict(), tmp_path / "network.safetensors", metadata=told)
    loaded = load_checkpoint(tmp_path / "network.safetensors")
    assert loaded.architecture == "forensic_unet_dct"
    assert loaded.network.dct_limit == DCT_LIMIT
