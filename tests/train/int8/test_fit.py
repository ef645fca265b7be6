"""A short training keeps in int8 the decisions that a network makes in float32."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from export.parity.probes import synthetic_page
from tests.export.conftest import SIZES, with_contrast
from train.__main__ import main
from train.checkpoint.load import load_checkpoint
from train.int8.fit import Int8Plan, fit_int8
from train.networks import build_network
from train.weights import save_weights


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(6):
        Image.fromarray(synthetic_page(128, number)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def fit(images: Path, tmp_path: Path) -> Callable[..., int]:
    torch.manual_seed(3)
    network = with_contrast(build_network("forensic_unet", SIZES), 0.03)
    checkpoint = tmp_path / "network.safetensors"
    save_weights(checkpoint, network.state_dict(), "forensic_unet", SIZES, 0, {})

    def run(*options: str) -> int:
        words = ["--checkpoint", str(checkpoint), "--images", str(images), "--threads", "1"]
        words += ["--out", str(tmp_path / "int8.safetensors"), "--crop", "64"]
        return main(["fit-int8", *words, *options])

    return run


def test_it_answers_more_like_float32_than_before() -> None:
    torch.manual_seed(3)
    network = build_network("forensic_unet", SIZES)
    with torch.no_grad():  # large weights among small ones leave few steps to the small ones
        for layer in network.modules():
            if isinstance(layer, torch.nn.Conv2d):
                layer.weight[..., :1, :1, :1] *= 6
    pages = [synthetic_page(128, number) for number in range(8)]
    plan = Int8Plan(steps=40, crop=64, batch=4, rate=1e-4)

    found = fit_int8(with_contrast(network, 0.03), pages, plan)
    assert found.after.mean_difference < 0.85 * found.before.mean_difference


def test_ranges_and_figures_are_in_the_checkpoint(fit, tmp_path, capsys) -> None:
    assert fit("--steps", "1") == 0
    said = capsys.readouterr().out
    assert said.startswith("before: ") and "\nafter: " in said

    loaded = load_checkpoint(tmp_path / "int8.safetensors")
    ranges = json.loads(loaded.metadata["int8_ranges"])
    assert ranges and all(low <= 0.0 < high for low, high in ranges.values())
    assert {"before", "after"} == json.loads(loaded.metadata["figures"]).keys()
    assert loaded.architecture == "forensic_unet"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--crop", "50"), "--crop must be a multiple"),
        (("--steps", "0"), "--steps must be 1 or more"),
        (("--crop", "256"), "at least 256×256 pixels"),
        (("--threshold", "0.99999"), "finds nothing"),
    ],
)
def test_what_cannot_be_is_said(fit, options, complaint: str, capsys) -> None:
    assert fit(*options) == 2
    assert complaint in capsys.readouterr().err
