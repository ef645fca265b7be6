"""A run that is killed ends like one that was not; several processes learn as one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.forged_pairs import run_file, write_pairs
from train.config import FitConfig, read_config
from train.data.opening import open_data
from train.fit import Trainer
from train.loop.state import load_state
from train.weights import load_tensors, save_tensors

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def _start(config: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "train", "fit", "--config", str(config), *options]
    return subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stderr=subprocess.PIPE)


def test_a_run_killed_at_any_moment_ends_with_the_same_bits(tmp_path):
    write_pairs(tmp_path, 8)
    config = run_file(tmp_path, steps=60, checkpoint_steps=3, accumulate=2, workers=2)
    whole = _start(config, "--out", str(tmp_path / "whole"))
    assert whole.wait(120) == 0, whole.stderr.read().decode()

    parts = tmp_path / "parts"
    killed = _start(config, "--out", str(parts))
    deadline = time.monotonic() + 60
    while not (parts / "state.safetensors").is_file() and time.monotonic() < deadline:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(30) == -signal.SIGKILL
    _, header = load_tensors(parts / "state.safetensors")
    assert 0 < int(header["step"]) < 60
    resumed = _start(config, "--out", str(parts))
    assert resumed.wait(120) == 0
    assert f"going on from step {header['step']}" in resumed.stderr.read().decode()

    for name in ("state.safetensors", "weights_0000060.safetensors"):
        expected, _ = load_tensors(tmp_path / "whole" / name)
        found, _ = load_tensors(parts / name)
        assert expected.keys() == found.keys()
        for tensor, value in expected.items():
            assert torch.equal(value, found[tensor]), tensor


def test_two_processes_learn_what_one_learns_from_both_their_batches(tmp_path):
    write_pairs(tmp_path, 8)
    config = run_file(tmp_path, steps=4)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc_per_node=2", "-m", "train", "fit", "--config", str(config)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, timeout=180)
    assert done.returncode == 0, done.stderr.decode()
    together, _ = load_tensors(tmp_path / "out" / "state.safetensors")

    # One process that sums up two batches a step draws the very same crops.
    changes = ["run.accumulate=2", f"run.out={tmp_path / 'alone'}"]
    alone = Trainer(read_config(config, FitConfig, changes))
    alone.run()
    for name, parameter in alone.learner.network.named_parameters():
        torch.testing.assert_close(
            together[f"network.{name}"], parameter.detach(), rtol=1e-4, atol=1e-5
        )


def test_a_state_of_before_the_scaler_still_opens(tmp_path):
    write_pairs(tmp_path, 4)
    trainer = Trainer(read_config(run_file(tmp_path, steps=1), FitConfig))
    trainer.run()
    path = tmp_path / "out" / "state.safetensors"
    tensors, header = load_tensors(path)
    save_tensors(path, tensors, {k: header[k] for k in ("step", "elapsed", "config")})
    learner = trainer.learner
    clock = load_state(tmp_path / "out", learner.network, learner.optimizer, learner.ema)
    assert clock is not None
    assert (clock.step, clock.best, clock.scaler) == (1, -1.0, {})


def test_a_state_of_before_the_american_spelling_goes_on_with_its_moments(tmp_path):
    write_pairs(tmp_path, 4)
    config = read_config(run_file(tmp_path, steps=1), FitConfig)
    Trainer(config).run()
    path = tmp_path / "out" / "state.safetensors"
    tensors, header = load_tensors(path)
    old = {name.replace("optimizer.", "optimiser."): value for name, value in tensors.items()}
    assert old.keys() != tensors.keys()
    save_tensors(
        path, old, {**header, "config": header["config"].replace("optimizer", "optimiser")}
    )

    learner = Trainer(config).learner
    assert load_state(tmp_path / "out", learner.network, learner.optimizer, learner.ema).step == 1
    for index, moments in learner.optimizer.state_dict()["state"].items():
        assert torch.equal(moments["exp_avg"], tensors[f"optimizer.{index}.exp_avg"])


def test_moments_come_back_in_the_layout_of_their_weights(tmp_path):
    """The fused step of a GPU takes no others."""
    write_pairs(tmp_path, 4)
    config = read_config(run_file(tmp_path, steps=1), FitConfig)
    Trainer(config).run()
    learner = Trainer(config).learner
    load_state(tmp_path / "out", learner.network, learner.optimizer, learner.ema)

    table = learner.optimizer.state
    assert any(weight.is_contiguous(memory_format=torch.channels_last) for weight in table)
    for weight, moments in table.items():
        assert moments["exp_avg"].stride() == moments["exp_avg_sq"].stride() == weight.stride()


def test_another_network_does_not_go_on_from_the_state(tmp_path):
    write_pairs(tmp_path, 4)
    config = run_file(tmp_path, steps=1)
    Trainer(read_config(config, FitConfig)).run()
    other = read_config(config, FitConfig, ["model.widths=[8, 8, 8, 16]", "run.steps=2"])
    with pytest.raises(ValueError, match="another one"):
        Trainer(other).run()


def test_a_damaged_state_is_named_with_what_can_be_done(tmp_path):
    write_pairs(tmp_path, 4)
    path = run_file(tmp_path, steps=2)
    Trainer(read_config(path, FitConfig)).run()
    state = tmp_path / "out" / "state.safetensors"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"state\.safetensors cannot be read.*run\.init"):
        Trainer(read_config(path, FitConfig, ["run.steps=4"])).run()


def test_images_added_between_two_parts_of_a_run_train(tmp_path):
    """A new division would train on images held out so far, and measure on those that trained."""
    write_pairs(tmp_path, 8)
    config = read_config(run_file(tmp_path, steps=2), FitConfig, ["folds.count=4"])
    Trainer(config).run(stop_after=1)
    before = [one.image for one in open_data(config).held_out]
    added, _ = write_pairs(tmp_path / "added", 5, seed=8)
    for file in added.iterdir():
        file.rename(tmp_path / "images" / f"0 {file.name}")
    data = open_data(config)
    assert len(data.mix.at(0)) == 6 + 5
    for image, kept in zip(before, data.held_out, strict=True):
        assert np.array_equal(image, kept.image)
    Trainer(config).run()
    with pytest.raises(ValueError, match=r"\[folds\] must stay"):
        Trainer(replace(config, folds=replace(config.folds, seed=1))).run()
