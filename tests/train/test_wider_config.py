"""The config of the wider data: what trains, how much of it, and what never does."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from train.config import FitConfig, SynthConfig, read_config
from train.loop.start import starting_network
from train.synth.collections import DOMAINS

CONFIGS = Path("train/configs")


def test_no_source_dominates_and_every_domain_trains() -> None:
    config = read_config(CONFIGS / "wider.toml", SynthConfig)
    training = [one for one in config.sources.collections if not one.unused]
    total = sum(one.share for one in training)
    assert max(one.share for one in training) / total < 0.2
    assert {one.domain for one in training} == set(DOMAINS)


def test_one_program_of_each_kind_and_one_source_never_train() -> None:
    config = read_config(CONFIGS / "wider.toml", SynthConfig)
    crossed = config.page.crossed()
    assert not {*crossed.rasterizers} & {*config.page.rasterizers}
    assert not {*crossed.erasers} & {*config.page.erasers}
    assert any(one.unused for one in config.sources.collections)


def test_the_run_is_saved_at_least_every_five_minutes() -> None:
    config = read_config(CONFIGS / "wider.toml", FitConfig)
    assert config.run.checkpoint_minutes <= 5
    assert config.page.authentic_share >= 0.3


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_script_has_no_errors_of_syntax() -> None:
    done = subprocess.run(
        ["bash", "-n", str(CONFIGS / "wider.sh")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


PLAYED = """#!/bin/bash
echo "$*" >> "$OUT/calls"
case "$*" in
  *pool*) touch "$OUT/pool/shard_00000$(wc -l < "$OUT/calls").npz" ;;
  *fit*) sleep "$FIT" ;;
esac
"""


def played(folder: Path, fit: float) -> tuple[list[str], dict[str, str]]:
    python = folder / "python"
    python.write_text(PLAYED, encoding="utf-8")
    python.chmod(0o755)
    own = {"OUT": str(folder), "DATA": str(folder / "data"), "PYTHON": str(python), "REST": "0"}
    return ["bash", str(CONFIGS / "wider.sh")], os.environ | own | {"FIT": str(fit)}


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_script_renders_reads_pools_and_trains(tmp_path: Path) -> None:
    command, environment = played(tmp_path, 0.5)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text()
    assert "render web-screens" in calls
    assert f"lines --images {tmp_path / 'data' / 'phone_screens'}" in calls
    assert "fit --config" in calls
    assert f'"{tmp_path / "pool"}"' in (tmp_path / "run.toml").read_text()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_both_halves_end_with_the_script(tmp_path: Path) -> None:
    command, environment = played(tmp_path, 300)
    script = subprocess.Popen(command, env=environment)
    waited = time.monotonic() + 60
    calls = tmp_path / "calls"
    while not calls.exists() or "fit" not in calls.read_text():
        assert time.monotonic() < waited
        time.sleep(0.05)
    script.terminate()
    assert script.wait(30) == 143


def test_the_run_may_start_from_the_weights_that_are_kept() -> None:
    config = read_config(CONFIGS / "wider.toml", FitConfig)
    assert starting_network(config) is not None
