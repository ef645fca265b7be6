"""Checkpoints of other projects: two classes, averages, options, gray, Lightning's modules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from train.checkpoint.load import load_checkpoint
from train.errors import CheckpointError
from train.networks import build_network
from train.networks.segmentation_models import import_library
from train.networks.smp_options import IMAGENET_MEAN, IMAGENET_STD

SMP = "smp:Unet/resnet18"
SCSE = f"{SMP}?decoder_attention_type=scse&decoder_channels=64,32,32,16,16"


def library_model(decoder: str = "Unet", **options: Any) -> torch.nn.Module:
    """Return a model as its owner has it, by the library alone, with seeded weights."""
    torch.manual_seed(5)
    made: torch.nn.Module = getattr(import_library(), decoder)(
        "resnet18", encoder_weights=None, **options
    )
    return made.eval()


def pixels() -> Tensor:
    return torch.randint(0, 256, (1, 3, 64, 64), generator=torch.Generator().manual_seed(1)).float()


def normalized(image: Tensor, mean: Any = IMAGENET_MEAN, std: Any = IMAGENET_STD) -> Tensor:
    shift, scale = (torch.tensor(one).view(1, -1, 1, 1) for one in (mean, std))
    return (image / 255 - shift) / scale


def saved(path: Path, state: Mapping[str, Any]) -> Path:
    torch.save(state, path)
    return path


def under(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in state.items()}


def halved(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k: v * 0.5 if v.is_floating_point() else v for k, v in state.items()}


@torch.no_grad()
def test_a_decoder_with_options_answers_as_in_the_library(tmp_path: Path) -> None:
    theirs = library_model(
        decoder_attention_type="scse", decoder_channels=(64, 32, 32, 16, 16)
    )  # fmt: skip
    ours = load_checkpoint(saved(tmp_path / "scse.pth", theirs.state_dict()), SCSE).network
    assert torch.allclose(ours(pixels()), theirs(normalized(pixels()))[:, 0], atol=1e-4)


@pytest.mark.parametrize("forged", [None, 0, 1])
@torch.no_grad()
def test_two_classes_are_folded_into_one_logit(
    tmp_path: Path, forged: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = library_model("DeepLabV3Plus", classes=2)
    path = saved(tmp_path / "two.pth", theirs.state_dict())
    ours = load_checkpoint(path, "smp:DeepLabV3Plus/resnet18", forged=forged).network
    assert ours.segmentation_head[0].weight.shape[0] == 1  # type: ignore[index, union-attr]
    wanted = theirs(normalized(pixels())).softmax(1)[:, 1 if forged is None else forged]
    assert torch.allclose(torch.sigmoid(ours(pixels())), wanted, atol=1e-5)
    assert ("1 is taken for forged" in caplog.text) == (forged is None)


def test_classes_that_are_not_there_are_refused(tmp_path: Path) -> None:
    two = saved(tmp_path / "two.pth", library_model(classes=2).state_dict())
    one = saved(tmp_path / "one.pth", library_model().state_dict())
    assert load_checkpoint(two, f"{SMP}?classes=2", forged=1).architecture == SMP
    for path, asked, forged, expected in (
        (two, f"{SMP}?classes=3", 1, "has 2 classes, but --arch says classes=3"),
        (two, SMP, 2, r"of 0 to 1 is that of forged pixels \(--forged N\), got 2"),
        (one, SMP, 1, "--forged 1, but the network has one class"),
    ):
        with pytest.raises(CheckpointError, match=expected):
            load_checkpoint(path, asked, forged=forged)


@torch.no_grad()
def test_of_three_classes_one_is_forged(tmp_path: Path) -> None:
    theirs = library_model(classes=3)
    path = saved(tmp_path / "three.pth", theirs.state_dict())
    with pytest.raises(CheckpointError, match=r"found 3 classes .*of 0 to 2 .*\(--forged N\)"):
        load_checkpoint(path, SMP)
    ours = load_checkpoint(path, SMP, forged=2).network
    wanted = theirs(normalized(pixels())).softmax(1)[:, 2]
    assert torch.allclose(torch.sigmoid(ours(pixels())), wanted, atol=1e-5)


def test_two_classes_of_a_recognized_network_are_folded_too(tmp_path: Path) -> None:
    weights = build_network("seresnext50").state_dict()
    head = {n: torch.cat([0 * weights[n], weights[n]]) for n in weights if n.startswith("final.")}
    loaded = load_checkpoint(saved(tmp_path / "two.pth", {**weights, **head}), forged=1)
    assert loaded.architecture == "seresnext50"
    assert all(torch.equal(loaded.network.state_dict()[n], weights[n]) for n in head)


@torch.no_grad()
def test_gray_and_bgr_and_other_normalizations(tmp_path: Path) -> None:
    color, gray = library_model(), library_model(in_channels=1)
    path = saved(tmp_path / "color.pth", color.state_dict())
    ours = load_checkpoint(path, f"{SMP}?mean=0.5&std=0.25&color_order=bgr").network
    expected = color(normalized(pixels().flip(1), [0.5], [0.25]))[:, 0]
    assert torch.allclose(ours(pixels()), expected, atol=1e-4)

    path = saved(tmp_path / "gray.pth", gray.state_dict())
    with pytest.raises(CheckpointError, match=r"give --arch '.*\?in_channels=1', whose .* all fit"):
        load_checkpoint(path, SMP)
    ours = load_checkpoint(path, f"{SMP}?in_channels=1&mean=0.5&std=0.5").network
    luma = (pixels() * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    assert torch.allclose(ours(pixels()), gray(normalized(luma, [0.5], [0.5]))[:, 0], atol=1e-4)


def test_what_lightning_keeps_beside_the_weights_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = library_model().state_dict()
    beside = {
        "loss.pos_weight": torch.ones(1),
        "val_iou.tp": torch.zeros(2),
        "mean": torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1),
    }
    path = saved(tmp_path / "last.ckpt", {"state_dict": {**under("model.", state), **beside}})
    loaded = load_checkpoint(path, SMP).network.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in state.items())
    assert "left out, as no map needs them: loss.pos_weight, val_iou.tp, mean" in caplog.text


def test_a_mean_of_pixels_that_is_not_ours_must_be_confirmed(tmp_path: Path) -> None:
    state = under("model.", library_model().state_dict()) | {"mean": torch.full((1, 3, 1, 1), 0.5)}
    path = saved(tmp_path / "last.ckpt", {"state_dict": state})
    with pytest.raises(CheckpointError, match=r"mean of pixels is .*--arch '.*\?mean=0.5,0.5,0.5'"):
        load_checkpoint(path, SMP)
    assert load_checkpoint(path, f"{SMP}?mean=0.5,0.5,0.5").architecture.endswith("0.5")


def in_two_keys(state: Mapping[str, Tensor]) -> dict[str, Any]:
    return {"model": state, "model_ema": under("module.", halved(state))}


def in_two_prefixes(state: Mapping[str, Tensor]) -> dict[str, Any]:
    both = under("model.", state) | under("ema_model.module.", halved(state))
    return {"state_dict": both | {"ema_model.n_averaged": torch.tensor(3)}}


@pytest.mark.parametrize("stored", [in_two_keys, in_two_prefixes])
@pytest.mark.parametrize("weights", ["auto", "model", "ema"])
def test_of_weights_and_their_average_those_asked_for_are_taken(
    tmp_path: Path, stored: Any, weights: Any, caplog: pytest.LogCaptureFixture
) -> None:
    state = build_network("forensic_unet").state_dict()
    path = saved(tmp_path / "both.pth", stored(state))
    taken = load_checkpoint(path, weights=weights).network.state_dict()
    wanted = halved(state) if weights == "ema" else state
    assert all(torch.equal(taken[name], tensor) for name, tensor in wanted.items())
    assert ("give --weights ema" in caplog.text) == (weights == "auto")


@pytest.mark.parametrize(
    ("content", "weights", "expected"),
    [
        (lambda state: {"model": state}, "ema", "no averaged weights are in it"),
        (lambda state: {"ema": state}, "model", "only averaged weights, under 'ema'"),
        (lambda state: under("ema_model.", state), "model", "only averaged weights, under 'ema_mo"),
        (lambda state: under("a.", state) | under("b.", state), "auto", "2 times, under 'a.' and"),
    ],
)
def test_weights_that_are_not_there_or_not_clear_are_refused(
    tmp_path: Path, content: Any, weights: Any, expected: str
) -> None:
    path = saved(tmp_path / "one.pth", content(build_network("forensic_unet").state_dict()))
    with pytest.raises(CheckpointError, match=expected):
        load_checkpoint(path, weights=weights)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            SMP,
            r"unexpected .*; give --arch '.*\?decoder_attention_type=scse&decoder_channels=64,",
        ),
        (f"{SMP}?decoder_attention=scse", "did you mean 'decoder_attention_type'"),
        (f"{SMP}?decoder_attention_type", "must be written key=value"),
        (f"{SMP}?in_channels=1&in_channels=3", "stands twice"),
        (f"{SMP}?activation=sigmoid", "no option 'activation'"),
        (f"{SMP}?in_channels=4", "in_channels must be 3, or 1 for gray, got 4"),
        (f"{SMP}?mean=123.7,116.3,103.5", r"mean must be that of pixels in 0\.\.1"),
        (f"{SMP}?std=0", "std must be"),
        (f"{SMP}?mean=0.5,0.5", "one number, or one for each of 3 channels"),
        (f"{SMP}?color_order=LAB", "color_order must be one of RGB, BGR"),
        (f"{SMP}?decoder_channels=8,8", "cannot build it"),
    ],
)
def test_the_error_names_the_nearest_and_what_differs(
    tmp_path: Path, asked: str, expected: str
) -> None:
    state = build_network(SCSE).state_dict()
    with pytest.raises(CheckpointError, match=expected):
        load_checkpoint(saved(tmp_path / "scse.pth", state), asked)
