"""The recipe of the wider data: what trains, how much of it, and what never does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from train.config import FitConfig, SynthConfig, read_config
from train.synth.collections import DOMAINS

RECIPES = Path("train/recipes")


def test_no_source_dominates_and_every_domain_trains() -> None:
    config = read_config(RECIPES / "wider.toml", SynthConfig)
    training = [one for one in config.sources.collections if not one.unused]
    total = sum(one.share for one in training)
    assert max(one.share for one in training) / total < 0.2
    assert {one.domain for one in training} == set(DOMAINS)


def test_one_program_of_each_kind_and_one_source_never_train() -> None:
    config = read_config(RECIPES / "wider.toml", SynthConfig)
    crossed = config.page.crossed()
    assert not {*crossed.rasterizers} & {*config.page.rasterizers}
    assert not {*crossed.erasers} & {*config.page.erasers}
    assert any(one.unused for one in config.sources.collections)


def test_the_run_is_saved_at_least_every_five_minutes() -> None:
    config = read_config(RECIPES / "wider.toml", FitConfig)
    assert config.run.checkpoint_minutes <= 5
    assert config.page.untouched_share >= 0.3


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_script_has_no_errors_of_syntax() -> None:
    done = subprocess.run(
        ["bash", "-n", str(RECIPES / "wider.sh")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
