"""Published networks: names of their checkpoints, reference values, and what does not fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmarks.networks.fixed_weights import fill_by_name
from train.checkpoint.load import load_checkpoint, recognize
from train.errors import CheckpointError
from train.networks import build_network
from train.networks.published import PUBLISHED
from train.networks.published.swin_v2 import Block

# Narrow ones: their names are those of the published sizes, but for the number of blocks.
NARROW: Mapping[str, dict[str, Any]] = {
    "cat_net": {"width": 4, "stem": 4, "modules": (1, 1, 1), "dct_modules": (1, 1), "blocks": 1},
    "dtd": {
        "widths": (8, 16, 32, 64),
        "depth": 1,
        "swin_depths": (2, 2, 1),
        "heads": (2, 2, 2),
        "window": 2,
        "frequency": (4, 4, 16),
        "last": 8,
    },
    "mvss_net": {"width": 4, "blocks": (1, 1, 1)},
    "trufor": {
        "widths": (8, 8, 10, 16),
        "depths": (1, 1, 1, 1),
        "decoder": 8,
        "noise_width": 4,
        "noise_depth": 3,
    },
}
# Tensors that the authors' checkpoints hold and no map needs.
NOT_RUN: Mapping[str, tuple[str, ...]] = {
    "cat_net": (),
    "dtd": (),
    "mvss_net": (
        "model.fc.weight",
        "noise_extractor.model.fc.bias",
        "erb_db_1.conv1.weight",
        "erb_trans_3.bn.weight",
        "sobel_x1.0.weight",
        "sobel_y4.1.running_var",
    ),
    "trufor": ("decode_head_conf.linear_c1.proj.weight", "detection.3.bias"),
}
# Of all names and shapes that are run, as the authors' own classes have them.
DIGESTS = {
    "cat_net": (2439, "5f6a45135440803a"),
    "dtd": (753, "4ae9786883d869e2"),
    "mvss_net": (561, "f875bbb7ca9186f0"),
    "trufor": (907, "6d00a1905f1991df"),
}
PREFIXES = ("", "module.", "model.")
TABLE: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "cat_net": {
        "layer1.0.downsample.0.weight": (256, 64, 1, 1),
        "transition1.1.0.0.weight": (96, 256, 3, 3),
        "stage4.2.fuse_layers.3.0.1.0.weight": (48, 48, 3, 3),
        "dc_layer0_dil.0.weight": (64, 21, 3, 3),
        "dc_layer2.0.conv1.weight": (96, 512, 3, 3),
        "dc_stage4.1.branches.2.3.bn2.running_var": (384,),
        "transition4.3.0.weight": (192, 768, 3, 3),
        "last_layer.0.weight": (360, 360, 1, 1),
    },
    "dtd": {
        "vph.downsample_layers.0.0.weight": (96, 6, 4, 4),
        "vph.stages.1.2.gamma": (192,),
        "vph.norm3.weight": (768,),
        "fph.obembed.weight": (21, 21),
        "fph.qtembed.weight": (64, 16),
        "fph.conv0.0.weight": (256, 35, 8, 8),
        "fph.conv0.5._se_expand.weight": (1536, 64, 1, 1),
        "FU.0.cSE.1.weight": (28, 448, 1, 1),
        "FU.1.bias": (192,),
        "swin.0.blocks.1.attn_mask": (16, 64, 64),
        "swin.1.blocks.17.attn.cpb_mlp.2.weight": (12, 512),
        "swin.1.downsample.norm.bias": (768,),
        "swin.2.blocks.1.attn.relative_position_index": (64, 64),
        "decoder.fuse1.c32.conv.0.weight": (384, 768, 1, 1),
        "decoder.fuse3.c13.conv.1.running_var": (96,),
        "decoder.decoder_convs.x_0_2.conv1.0.weight": (96, 480, 3, 3),
        "decoder.decoder_convs.x_0_3.conv2.0.weight": (64, 64, 3, 3),
        "segmentation_head.0.weight": (1, 64, 3, 3),
    },
    "mvss_net": {
        "model.conv1.weight": (64, 3, 7, 7),
        "model.layer4.2.conv2.weight": (512, 512, 3, 3),
        "noise_extractor.model.layer3.0.downsample.0.weight": (1024, 512, 1, 1),
        "constrain_conv.kernel": (1, 3, 24),
        "head.conv_p1.0.weight": (1024, 4096, 3, 3),
        "head.pam.conv_b.weight": (128, 1024, 1, 1),
        "head.cam.beta": (1,),
        "head.out.1.bias": (1,),
    },
    "trufor": {
        "backbone.patch_embed1.proj.weight": (64, 3, 7, 7),
        "backbone.extra_block3.5.mlp.dwconv.dwconv.weight": (1280, 1, 3, 3),
        "backbone.block1.0.attn.sr.weight": (64, 64, 8, 8),
        "backbone.FRMs.3.channel_weights.mlp.2.weight": (1024, 2048),
        "backbone.FFMs.0.cross.cross_attn.kv2.weight": (128, 64),
        "backbone.FFMs.1.channel_emb.channel_embed.4.running_mean": (128,),
        "decode_head.linear_fuse.0.weight": (512, 2048, 1, 1),
        "dncnn.44.weight": (64, 64, 3, 3),
        "dncnn.47.bias": (1,),
    },
}


# Logits of the narrow networks, filled by name, at four places of `image()`.
PLACES = ((0, 0), (0, 95), (31, 40), (63, 95))
REFERENCE: Mapping[str, tuple[float, ...]] = {
    "cat_net": (-70.76395, -109.88566, -110.07549, -55.02993),
    "dtd": (0.36623, 0.72034, 0.10225, 0.15954),
    "mvss_net": (-1.91478, -3.56594, -6.77492, -6.9053),
    "trufor": (0.37372, 0.14098, 0.34187, 0.39782),
}


def narrow(name: str) -> nn.Module:
    network = fill_by_name(build_network(name, NARROW[name]))
    if name == "dtd":  # as its authors fix it; steps as large as a trained network has them
        head = network.get_submodule("fph")
        torch.nn.init.eye_(head.get_parameter("obembed.weight"))
        with torch.no_grad():
            head.get_parameter("qtembed.weight").mul_(20)
    return network


def image(width: int = 96) -> Tensor:
    """Return 1×3×64×W RGB pixels with a pattern that no symmetry maps onto itself."""
    count = torch.arange(3 * 64 * width, dtype=torch.int64)
    return (count * count // 7 % 251).view(1, 3, 64, width).float()


def inputs(name: str) -> tuple[Tensor, ...]:
    """Return what a network takes: pixels, and for some coefficients and their table."""
    if name not in ("cat_net", "dtd"):
        return (image(),)
    width = 128 if name == "dtd" else 96  # whole windows
    count = torch.arange(64 * width, dtype=torch.int32)
    dct = (count * count % 97 - 48).view(1, 64, width).clamp(-20, 20)
    return image(width), dct, (1 + torch.arange(64, dtype=torch.int32)).view(1, 8, 8)


def shapes(name: str) -> dict[str, tuple[int, ...]]:
    """Return names and shapes at the published size."""
    with torch.device("meta"):
        state = build_network(name).state_dict()
    return {key: tuple(tensor.shape) for key, tensor in state.items()}


def save(path: Path, name: str, state: Mapping[str, Tensor], **beside: Any) -> Path:
    """Write a checkpoint as a training loop does, with the sizes of the narrow network."""
    content = {"architecture": name, "config": json.dumps(NARROW[name]), "epoch": 7, **beside}
    torch.save({**content, "state_dict": dict(state)}, path)
    return path


@pytest.mark.parametrize("name", PUBLISHED)
def test_names_and_shapes_are_those_of_the_published_checkpoints(name: str) -> None:
    found = shapes(name)
    assert {key: found.get(key) for key in TABLE[name]} == TABLE[name]
    kept = [key for key in found if not key.endswith("num_batches_tracked")]
    lines = sorted(f"{key} {list(found[key])}" for key in kept)
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    assert (len(lines), digest) == DIGESTS[name]


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        *((name, one) for name in ("cat_net", "mvss_net", "trufor") for one in PREFIXES),
        ("dtd", "module.model."),
    ],
)
def test_a_checkpoint_is_recognized_with_what_is_not_run_in_it(name: str, prefix: str) -> None:
    beside = dict.fromkeys(NOT_RUN[name], (1,))
    found = {prefix + key: shape for key, shape in (shapes(name) | beside).items()}
    assert recognize(found) == name
    assert recognize({**found, f"{prefix}stranger.weight": (1,)}) is None


@pytest.mark.parametrize("name", PUBLISHED)
def test_logits_are_those_of_the_reference(name: str) -> None:
    with torch.inference_mode():
        logits = narrow(name)(*inputs(name))[0]
    found = torch.stack([logits[place] for place in PLACES])
    torch.testing.assert_close(found, torch.tensor(REFERENCE[name]), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_weight_of_a_checkpoint_reaches_its_place(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = narrow(name).state_dict()
    beside = {key: torch.ones(1) for key in NOT_RUN[name]}
    whole = {f"module.{key}": tensor for key, tensor in {**state, **beside}.items()}
    loaded = load_checkpoint(save(tmp_path / "published.pth", name, whole))
    found = loaded.network.state_dict()
    assert all(torch.equal(found[key], tensor) for key, tensor in state.items())
    told = [f"left out, as no map needs them: module.{key}" for key in NOT_RUN[name][:1]]
    assert all(one in caplog.text for one in told)
    assert PUBLISHED[name][1].license in caplog.text


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("cat_net", "last_layer.3"),
        ("dtd", "segmentation_head.0"),
        ("trufor", "decode_head.linear_pred"),
    ],
)
def test_two_classes_become_one_logit(name: str, last: str, tmp_path: Path) -> None:
    network = narrow(name)
    state = network.state_dict()
    generator = torch.manual_seed(2)
    for key in (f"{last}.weight", f"{last}.bias"):
        other = torch.randn(state[key].shape, generator=generator)
        state[key] = torch.cat([other, state[key] + other])  # authentic, forged
    loaded = load_checkpoint(save(tmp_path / "two.pth.tar", name, state), forged=1)
    given = inputs(name)
    with torch.inference_mode():
        found, expected = loaded.network(*given), network(*given)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_does_not_fit_is_named(name: str, tmp_path: Path) -> None:
    state = narrow(name).state_dict()
    first = next(iter(state))
    state["stranger.weight"] = torch.ones(1)
    del state[first]
    with pytest.raises(CheckpointError, match=rf"not those of {name}: missing {first}, .*stranger"):
        load_checkpoint(save(tmp_path / "other.pth", name, state))
    with pytest.raises(CheckpointError, match=f"no {name} of the sizes"):
        build_network(name, {"heights": 3})


def test_mvss_net_reads_blue_green_red() -> None:
    """With a picture view that gives its input, R of the image is the third channel."""
    network = narrow("mvss_net")
    seen: list[Tensor] = []
    network.get_submodule("model").register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    red = torch.zeros(1, 3, 64, 64)
    red[:, 0] = 255.0
    with torch.inference_mode():
        network(red)
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    expected = [(full - m) / d for full, m, d in zip((0, 0, 1), mean, deviation, strict=True)]
    assert seen[0][0, :, 5, 5].tolist() == pytest.approx(expected, abs=1e-6)


def test_noise_of_trufor_is_of_pixels_over_256() -> None:
    network = narrow("trufor")
    seen: list[Tensor] = []
    network.get_submodule("dncnn").register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.inference_mode():
        network(torch.full((1, 3, 64, 64), 255.0))
    assert seen[0].unique().tolist() == [255 / 256]


def test_cat_net_sees_the_table_and_sizes_of_coefficients_alone() -> None:
    network = narrow("cat_net")
    pixels, dct, table = inputs("cat_net")
    with torch.inference_mode():
        expected = network(pixels, dct, table)
        assert torch.equal(network(pixels, -dct, table), expected)
        assert torch.equal(
            network(pixels, dct * 30, table), network(pixels, dct.sign() * 20, table)
        )
        assert not torch.equal(network(pixels, dct, table + 1), expected)


def test_dtd_sees_gray_pixels_sizes_of_coefficients_and_steps_up_to_63() -> None:
    network = narrow("dtd")
    pixels, dct, table = inputs("dtd")
    gray = (pixels * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    high = table.clamp(min=63)
    cases = [
        (pixels, dct, table),
        (gray.round().expand(-1, 3, -1, -1), -dct, table),
        (pixels, dct, table.flip(1)),
        (pixels, dct, high),
        (pixels, dct, high + 90),
    ]
    with torch.inference_mode():
        found = network(*(torch.cat(parts) for parts in zip(*cases, strict=True)))
    plain, alike, flipped, at_63, above = found
    torch.testing.assert_close(alike, plain, rtol=0, atol=1e-5)
    torch.testing.assert_close(above, at_63, rtol=0, atol=1e-5)
    assert (flipped - plain).abs().max() > 1e-2 and (at_63 - plain).abs().max() > 1e-2


def test_moved_windows_hide_what_only_the_roll_brought_together() -> None:
    mask = Block(8, 2, window=4, trained=4, side=8).get_buffer("attn_mask")
    assert mask.shape == (4, 16, 16)
    assert not mask[0].any()  # the first window has neighbors alone
    row = mask[3].reshape(4, 4, 4, 4)[0, 0]  # of the corner: seen from its first place
    expected = torch.full((4, 4), -100.0)
    expected[:2, :2] = 0
    assert torch.equal(row, expected)


def test_masks_of_larger_maps_come_in_turns_as_the_authors_run_it() -> None:
    block = Block(8, 2, window=4, trained=4, side=8)
    hidden = block._hidden(16)
    assert torch.equal(hidden, block.get_buffer("attn_mask").repeat(4, 1, 1))


def test_maps_that_are_no_whole_windows_are_filled_up() -> None:
    torch.manual_seed(1)
    block = Block(8, 2, window=4, trained=4, side=8).eval()
    maps = torch.randn(1, 6, 8, 8)
    with torch.inference_mode():
        assert block(maps).shape == maps.shape
