"""The fit check: it tells a network that can learn from one that cannot."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pytest
import torch

from train.__main__ import main
from train.commands import fit_check as command
from train.fit_check import FitCheckPlan, f1_of, fit_check, make_crops
from train.networks.forensic_unet import ForensicUNet
from train.synth.page import PageConfig

PAGES = PageConfig(size=192, real_share=1.0, authentic_share=0.0)
PLAN = FitCheckPlan(crops=4, size=64, passes=60, batch=4, peak=1e-2)


def _network() -> ForensicUNet:
    torch.manual_seed(0)
    return ForensicUNet(widths=(16, 16, 16, 16), dilations=(1,))


@pytest.fixture(scope="module")
def crops(sources):
    return make_crops(sources, PAGES, PLAN, 0), make_crops(sources, PAGES, PLAN, 500)


def test_every_crop_holds_forged_pixels_and_a_plan_means_one_set(sources, crops):
    images, mask = crops[0]
    assert images.shape == (4, 64, 64, 3)
    assert (((mask != 0) & (mask != 255)).sum((1, 2)) >= 32).all()
    again = make_crops(sources, PAGES, PLAN, 0)
    assert np.array_equal(images, again[0]) and np.array_equal(mask, again[1])


def test_a_sound_network_learns_the_crops_by_heart(crops):
    network = _network()
    before = f1_of(network, crops[0])
    result = fit_check(network, *crops, PLAN)
    assert result.steps == 60
    assert before < 0.3 < 0.7 < result.seen_f1
    assert result.unseen_f1 < result.seen_f1


def test_a_network_that_no_gradient_reaches_does_not(crops):
    network = _network().requires_grad_(False)
    network.head.requires_grad_(True)
    assert fit_check(network, *crops, PLAN).seen_f1 < 0.6


def test_the_command_fails_where_crops_cannot_be_learned(sources, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "open_sources", lambda folders, held_out: sources)
    config = tmp_path / "run.toml"
    config.write_text("[page]\nsize = 192\nreal_share = 1.0\nauthentic_share = 0.0\n")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    line = f"--config {config} --crops 2 --size 64 --passes 1 --after-life 0 --threads 1"
    figures = tmp_path / "new folder" / "figures.json"
    options = parser.parse_args([*line.split(), "--out", str(figures)])
    assert command.run(options) == 1
    assert "after-life 0: F1 0." in capsys.readouterr().out
    assert json.loads(figures.read_text())[0]["steps"] == 1


def test_figures_that_cannot_be_written_are_refused_before_any_training(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(command, "open_sources", lambda folders, held_out: pytest.fail("too late"))
    config = tmp_path / "run.toml"
    config.write_text("[page]\nsize = 192\n")
    assert main(["fit-check", "--config", str(config), "--out", str(tmp_path)]) == 2
    assert "is a folder, not a file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("size", "architecture", "message"),
    [
        (100, "forensic_unet", "multiple of 16 for forensic_unet, but is 100; take 112"),
        (80, "seresnext50", "multiple of 32 for seresnext50, but is 80; take 96"),
        (0, "forensic_unet", "multiple of 16 for forensic_unet, but is 0; take 16"),
    ],
)
def test_crops_that_do_not_fit_the_network_are_refused_before_any_page(
    tmp_path, monkeypatch, capsys, size, architecture, message
):
    monkeypatch.setattr(command, "open_sources", lambda folders, held_out: pytest.fail("too late"))
    config = tmp_path / "run.toml"
    config.write_text("[page]\nsize = 192\n")
    line = f"fit-check --config {config} --size {size} --architecture {architecture}"
    assert main(line.split()) == 2
    assert f"--size must be a {message}" in capsys.readouterr().err
