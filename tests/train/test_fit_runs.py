"""Whole small runs: learning, precisions, other networks, what is written meanwhile."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from importlib.util import find_spec

import cv2
import numpy as np
import pytest
import torch
from rich.console import Console

from tests.forged_pairs import run_file, write_pairs
from train.__main__ import main
from train.checkpoint.load import load_checkpoint
from train.config import FitConfig, ValidationConfig, read_config
from train.data.opening import open_data
from train.fit import Trainer
from train.loop.board import Board, sample_sheet
from train.loop.learner import Learner
from train.loop.monitor import Monitor
from train.loop.placement import Placement, choose_device
from train.loop.progress import ProgressReport
from train.loop.validation import validate
from train.weights import load_tensors

CPU = Placement(torch.device("cpu"))


def test_a_short_training_finds_forgeries_it_has_not_seen(tmp_path):
    write_pairs(tmp_path, 24)
    path = run_file(tmp_path, steps=90, checkpoint_steps=90)
    changes = ["folds.count=3", "model.widths=[16, 16, 16, 16]", "optimizer.learning_rate=8e-3"]
    config = read_config(path, FitConfig, changes)
    trainer = Trainer(config)
    held_out = open_data(config).held_out
    before = validate(trainer.learner.averaged(), held_out, 96, CPU)
    trainer.run()
    after = validate(trainer.learner.averaged(), held_out, 96, CPU)
    assert before.f1 < 0.3
    assert after.f1 > 0.6
    best = load_checkpoint(config.out / "best.safetensors")
    assert validate(best.network, held_out, 96, CPU) == after
    assert str(round(after.f1, 6))[:6] in best.metadata["figures"]


def test_with_the_after_life_on_the_device_a_stopped_run_ends_the_same(tmp_path):
    write_pairs(tmp_path, 4)
    changes = ["run.device_after_life=true", "stages.0.life_to=1.0", "stages.0.life_from=1.0"]
    path = run_file(tmp_path, steps=4, workers=2)
    whole = Trainer(read_config(path, FitConfig, [*changes, "run.out=" + str(tmp_path / "a")]))
    whole.run()
    parts = read_config(path, FitConfig, [*changes, "run.out=" + str(tmp_path / "b")])
    Trainer(parts).run(stop_after=2)
    rest = Trainer(parts)
    rest.run()
    expected = whole.learner.network.state_dict()
    for name, value in rest.learner.network.state_dict().items():
        assert torch.equal(value, expected[name]), name


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_half_precision_learns_and_goes_on(tmp_path, precision):
    write_pairs(tmp_path, 4)
    config = read_config(run_file(tmp_path, steps=3, precision=precision), FitConfig)
    Trainer(config).run(stop_after=2)
    again = Trainer(config)
    again.run()
    assert again.clock.step == 3
    assert ("scale" in again.clock.scaler) == (precision == "fp16")
    state = again.learner.network.state_dict()
    assert all(torch.isfinite(v).all() for v in state.values() if v.is_floating_point())


@pytest.mark.skipif(find_spec("segmentation_models_pytorch") is None, reason="needs the library")
def test_a_network_of_the_library_trains_and_starts_from_weights(tmp_path):
    write_pairs(tmp_path, 4)
    text = run_file(tmp_path, steps=1).read_text()
    sizes = "widths = [8, 8, 8, 8]\ndilations = [1]"
    path = tmp_path / "smp.toml"
    path.write_text(text.replace(sizes, 'architecture = "smp:Unet/resnet18"'))
    Trainer(read_config(path, FitConfig)).run()
    weights = tmp_path / "out" / "weights_0000001.safetensors"
    loaded = load_checkpoint(weights)
    assert loaded.architecture == "smp:Unet/resnet18"
    tuned = Learner(read_config(path, FitConfig, [f"run.init={weights}"]), CPU)
    for name, value in loaded.network.state_dict().items():
        assert torch.equal(tuned.network.state_dict()[name], value), name


def test_a_network_made_deeper_answers_at_first_as_the_one_it_starts_from(tmp_path):
    write_pairs(tmp_path, 4)
    path = run_file(tmp_path, steps=2)
    Trainer(read_config(path, FitConfig)).run()
    weights = tmp_path / "out" / "weights_0000002.safetensors"
    init = f"run.init={weights}"
    deeper = Learner(read_config(path, FitConfig, [init, "model.dilations=[1, 2, 4]"]), CPU)

    image = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        start = load_checkpoint(weights).network.to(memory_format=torch.channels_last)
        assert torch.equal(deeper.network.eval()(image), start(image))
    for sizes in ("model.dilations=[]", "model.widths=[8, 8, 8, 16]"):
        with pytest.raises(ValueError, match=r"run\.init must hold the sizes of \[model\]"):
            Learner(read_config(path, FitConfig, [init, sizes]), CPU)


def test_a_run_that_diverges_ends_and_leaves_only_finite_weights(tmp_path):
    write_pairs(tmp_path, 8)
    path = run_file(tmp_path, steps=6, checkpoint_steps=1, keep=1)
    Trainer(read_config(path, FitConfig, ["folds.count=2"])).run(stop_after=1)
    too_fast = read_config(path, FitConfig, ["folds.count=2", "optimizer.learning_rate=1e30"])
    with pytest.raises(
        ValueError, match=r"weights that are no finite numbers.*optimizer\.learning_rate"
    ):
        Trainer(too_fast).run()
    for file in too_fast.out.glob("*.safetensors"):
        tensors, _ = load_tensors(file)
        assert all(tensor.isfinite().all() for tensor in tensors.values()), file.name


def test_held_out_images_without_a_forged_pixel_choose_no_best_weights(tmp_path, caplog):
    _, masks = write_pairs(tmp_path, 8)
    for mask in masks.iterdir():
        cv2.imwrite(str(mask), np.zeros((160, 160), np.uint8))
    config = read_config(run_file(tmp_path, steps=2), FitConfig, ["folds.count=2"])
    Trainer(config).run()
    assert "hold no forged pixel, so they have no F1" in caplog.text
    assert not (config.out / "best.safetensors").exists()
    figures = load_checkpoint(config.out / "weights_0000002.safetensors").metadata["figures"]
    assert "alarm_area" in figures and "f1" not in figures


def test_weights_of_an_earlier_longer_run_do_not_push_out_new_ones(tmp_path):
    write_pairs(tmp_path, 4)
    config = read_config(run_file(tmp_path, steps=3, checkpoint_steps=1, keep=2), FitConfig)
    config.out.mkdir()
    earlier = config.out / "weights_0009000.safetensors"
    earlier.touch()
    Trainer(config).run()
    kept = sorted(file.name for file in config.out.glob("weights_*"))
    assert kept == [f"weights_000000{step}.safetensors" for step in (2, 3)] + [earlier.name]


def test_frozen_parts_stay_as_they_are_and_the_rest_learns(tmp_path):
    write_pairs(tmp_path, 4)
    config = read_config(run_file(tmp_path), FitConfig, ['run.frozen=["stem", "stage_half"]'])
    learner = Learner(config, CPU)
    before = {name: value.clone() for name, value in learner.network.state_dict().items()}
    batch = Trainer(config)._order(open_data(config).mix, 0)()
    for step in (1, 2):
        learner.learn([batch], 1e-2, step)
    changed = {
        name.split(".")[0]
        for name, value in learner.network.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert not changed & {"stem", "stage_half"}
    assert {"to_quarter", "stage_quarter", "head"} <= changed


def test_a_part_that_is_not_there_cannot_be_frozen(tmp_path):
    config = read_config(run_file(tmp_path), FitConfig, ['run.frozen=["roots"]'])
    with pytest.raises(ValueError, match=r"'roots' is none; there are front, stem, stage_half"):
        Learner(config, CPU)


def test_accumulated_batches_weigh_the_same_as_one_step(tmp_path):
    write_pairs(tmp_path, 4)
    config = read_config(run_file(tmp_path), FitConfig)
    batch = Trainer(config)._order(open_data(config).mix, 0)()
    once, twice = Learner(config, CPU), Learner(config, CPU)
    losses = once.learn([batch], 1e-3, 1), twice.learn([batch, batch], 1e-3, 1)
    assert float(losses[0]) == pytest.approx(float(losses[1]), rel=1e-6)
    for a, b in zip(once.network.parameters(), twice.network.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)


def test_curves_and_pictures_reach_the_board(tmp_path):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    write_pairs(tmp_path, 4)
    path = run_file(tmp_path, steps=4, tensorboard=True, picture_steps=2, report_steps=2, keep=1)
    config = read_config(path, FitConfig, ["folds.count=2", "validation.steps=2"])
    Trainer(config).run()
    board = events.EventAccumulator(str(config.out / "board"))
    board.Reload()
    assert [event.step for event in board.Scalars("train/loss")] == [2, 4]
    assert [event.step for event in board.Scalars("held_out/f1")] == [2, 4]
    (first, _) = board.Images("sample")
    assert (first.width, first.height) == (3 * 96, 2 * 96)
    assert [p.name for p in config.out.glob("weights_*")] == ["weights_0000004.safetensors"]


def test_a_sheet_shows_image_truth_and_probability():
    image = np.full((2, 4, 4, 3), 7, np.uint8)
    mask = np.array([0, 3, 255, 0], np.uint8).repeat(4).reshape(1, 4, 4).repeat(2, 0)
    sheet = sample_sheet(image, mask, np.full((2, 4, 4), 0.5, np.float32))
    assert sheet.shape == (8, 12, 3)
    assert sheet[:4, 4, 0].tolist() == [0, 255, 128, 0]
    assert (sheet[:, :4] == 7).all()
    assert (sheet[:, 8:] == 128).all()


def test_without_tensorboard_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("train.loop.board.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install"):
        Board(tmp_path)


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(caplog):
    caplog.set_level(logging.INFO)
    screen = io.StringIO()
    with ProgressReport(Console(file=screen, force_terminal=True, width=120)) as report:
        report.figures(7, 0.5, {"loss": 0.25})
    assert "loss 0.25" in screen.getvalue()
    assert not caplog.messages
    plain = io.StringIO()
    with ProgressReport(Console(file=plain)) as report:
        report.figures(7, 0.5, {"loss": 0.25})
    assert plain.getvalue() == ""
    assert caplog.messages == ["step 7 progress 0.500 loss 0.25"]


def test_the_command_line_replaces_values_and_tells_what_is_wrong(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_pairs(tmp_path, 4)
    path = str(run_file(tmp_path))
    fit = ["fit", "--config", path, "--set", "run.steps=1"]
    assert main([*fit, "--set", "folds.count=2", "--fold", "1", "--out", "2026-11-27"]) == 0
    assert (tmp_path / "2026-11-27" / "fold_1" / "weights_0000001.safetensors").is_file()
    assert main([*fit, "--set", "data=[]"]) == 2
    assert "section.name=value" in capsys.readouterr().err
    assert main([*fit, "--set", f"run.init={tmp_path / 'none.safetensors'}"]) == 2
    assert "no such file" in capsys.readouterr().err
    assert main(["fit", "--config", path, "--set", "run.precision=int8"]) == 2
    assert (
        "run.precision must be 'fp32', 'bf16' or 'fp16', but is 'int8'" in capsys.readouterr().err
    )


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == torch.device("cpu")
    with pytest.raises(ValueError, match="sees 0"):
        choose_device("cuda")


@pytest.mark.parametrize(
    ("validation", "measured_at"),
    [({}, [2, 4]), ({"steps": 3}, [3]), ({"minutes": 60.0}, [])],
    ids=["every checkpoint", "steps", "minutes"],
)
def test_measurements_follow_the_checkpoints_unless_told(
    tmp_path, monkeypatch, validation, measured_at
):
    write_pairs(tmp_path, 8)
    path = run_file(tmp_path, steps=4, checkpoint_minutes=0.0, checkpoint_steps=2)
    config = read_config(path, FitConfig, ["folds.count=2"])
    config = replace(config, validation=ValidationConfig(**validation))
    steps, check = [], Monitor.check

    def noted(monitor, clock, everything=False):
        if not everything:  # that is the end of the run
            steps.append(clock.step)
        return check(monitor, clock, everything)

    monkeypatch.setattr(Monitor, "check", noted)
    Trainer(config).run()
    assert steps == measured_at


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_a_run_on_cuda_learns_and_goes_on(tmp_path, precision):
    if not torch.cuda.is_available():
        pytest.skip("this torch finds no CUDA device")
    write_pairs(tmp_path, 8)
    path = run_file(tmp_path, steps=6, device="cuda", precision=precision, workers=2)
    config = read_config(path, FitConfig, ["folds.count=2"])
    config = replace(config, validation=ValidationConfig(steps=3))
    placement = Placement(torch.device("cuda", 0), precision=precision)
    Trainer(config, placement).run(stop_after=3)
    again = Trainer(config, placement)
    again.run()
    assert again.clock.step == 6
    assert (config.out / "best.safetensors").is_file()
