"""The loop: loss, average, schedule, views, and going on after a stop."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

import train
from forensics_rt.io.digest import sha256_of
from train.checkpoint.load import load_checkpoint
from train.config import (
    FitConfig,
    ModelConfig,
    OptimizerConfig,
    PoolConfig,
    RunConfig,
    Stage,
    SynthConfig,
    read_config,
)
from train.data.batches import to_batch
from train.data.pool import PagePool, fill_pool, load_shard, save_shard, stored
from train.data.views import ViewConfig, at_least, take_batch
from train.fit import Trainer
from train.loop.ema import Ema
from train.loop.learner import Learner
from train.loop.loss import distillation, pixel_loss
from train.loop.placement import Placement
from train.loop.schedule import learning_rate, stage_at
from train.networks.forensic_unet import ForensicUNet
from train.networks.residuals import residual_kernels
from train.origin import origin_in
from train.synth.page import PageConfig, SyntheticPage, make_page
from train.weights import load_tensors, read_header, save_weights

PAGES = PageConfig(size=160, real_share=1.0, authentic_share=0.2)
SMALL = ModelConfig(widths=(8, 8, 8, 8), dilations=(1,))


@pytest.fixture(scope="module")
def pool_folder(sources, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pool")
    pages = [stored(make_page(1, i, sources, PAGES)) for i in range(6)]
    save_shard(folder / "shard_000000.npz", pages)
    return folder


def _config(pool_folder, out, steps: int = 4) -> FitConfig:
    return FitConfig(
        run=RunConfig(
            out=str(out), seed=3, steps=steps, threads=1, precision="fp32", tensorboard=False
        ),
        pool=PoolConfig(str(pool_folder), capacity=32),
        optimizer=OptimizerConfig(ema=0.9),
        model=SMALL,
        stages=(Stage(1.0, 96, 2, 0.8, 0.8, 0.0, 1.0),),
    )


def test_a_stopped_run_ends_like_one_that_never_stopped(pool_folder, tmp_path):
    Trainer(_config(pool_folder, tmp_path / "whole")).run()
    Trainer(_config(pool_folder, tmp_path / "parts")).run(stop_after=2)
    Trainer(_config(pool_folder, tmp_path / "parts")).run()
    whole, _ = load_tensors(tmp_path / "whole" / "state.safetensors")
    parts, header = load_tensors(tmp_path / "parts" / "state.safetensors")
    assert header["step"] == "4"
    assert whole.keys() == parts.keys()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name


def test_a_checkpoint_of_the_run_opens_as_its_network(pool_folder, tmp_path):
    Trainer(_config(pool_folder, tmp_path, steps=1)).run()
    loaded = load_checkpoint(tmp_path / "weights_0000001.safetensors")
    assert loaded.architecture == "forensic_unet"
    assert loaded.network(torch.zeros(1, 3, 64, 96)).shape == (1, 64, 96)


def test_a_run_that_goes_on_keeps_what_it_started_from(pool_folder, tmp_path):
    start = tmp_path / "start.safetensors"
    sizes = {"widths": [8, 8, 8, 8], "dilations": [1]}

    def write() -> None:
        save_weights(start, ForensicUNet(**SMALL.sizes).state_dict(), "forensic_unet", sizes, 1, {})

    write()
    known = sha256_of(start)
    config = _config(pool_folder, tmp_path / "run", steps=2)
    config = dataclasses.replace(config, run=dataclasses.replace(config.run, init=str(start)))
    Trainer(config).run(stop_after=1)
    write()  # other weights, as where the result takes the place of what it was made from
    Trainer(config).run()

    path = tmp_path / "run" / "weights_0000002.safetensors"
    origin = origin_in(path, read_header(path))
    assert [(one.role, one.sha256) for one in origin.parents] == [("init", known)]
    assert (origin.command, origin.seed, origin.steps) == ("fit", 3, 2)
    assert origin.config["run"]["out"] == "run" and origin.data[0].files > 0


def test_training_lowers_the_loss_on_what_it_has_seen(pool_folder, tmp_path):
    config = _config(pool_folder, tmp_path, steps=1)
    config = dataclasses.replace(
        config,
        model=ModelConfig(widths=(16, 16, 16, 16), dilations=(1,)),
        run=dataclasses.replace(config.run, steps=80),
        optimizer=OptimizerConfig(learning_rate=1e-2, ema=0.5),
    )
    learner = Learner(config, Placement(torch.device("cpu")))
    pages = [page for page in load_shard(pool_folder / "shard_000000.npz") if page.changed.size]
    batch = to_batch(*take_batch(0, 0, pages, 4, ViewConfig(96, 1.0, 0.0)))
    losses = [float(learner.learn([batch], 5e-3, step)) for step in range(1, 61)]
    assert np.mean(losses[-3:]) < 0.7 * np.mean(losses[:3])


def test_ignored_pixels_have_no_loss_and_no_gradient():
    logits = torch.randn(1, 4, 4, requires_grad=True)
    mask = torch.zeros(1, 4, 4, dtype=torch.uint8)
    mask[0, 0, 0], mask[0, 1] = 2, 255
    pixel_loss(logits, mask).backward()
    assert logits.grad is not None
    assert (logits.grad[0, 1] == 0).all()
    assert (logits.grad[0, [0, 2, 3]] != 0).all()
    with torch.no_grad():
        changed = logits.clone()
        changed[0, 1] += 5
        assert pixel_loss(changed, mask) == pixel_loss(logits, mask)


def test_loss_by_hand():
    mask = torch.tensor([[[1, 0]]], dtype=torch.uint8)
    # p = 1/2 everywhere: BCE ln 2; Dice 1 - (2 * 0.5 + 1) / (1 + 1 + 1) = 1/3.
    value = pixel_loss(torch.zeros(1, 1, 2), mask, dice=0.5)
    assert float(value) == pytest.approx(np.log(2) + 1 / 6, abs=1e-6)


def test_focal_loss_by_hand():
    mask = torch.tensor([[[1, 0]]], dtype=torch.uint8)
    # p = 1/2 everywhere: the focal loss is (1/2)^2 ln 2.
    value = pixel_loss(torch.zeros(1, 1, 2), mask, bce=0.0, dice=0.0, focal=1.0, gamma=2.0)
    assert float(value) == pytest.approx(np.log(2) / 4, abs=1e-6)
    clear = torch.tensor([[[4.0, -4.0]]])
    ratio = pixel_loss(clear, mask, 0.0, 0.0, 1.0) / pixel_loss(clear, mask, 1.0, 0.0)
    assert float(ratio) == pytest.approx((1 / (1 + np.exp(4))) ** 2, rel=1e-4)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_the_gradient_of_the_focal_loss_is_finite_everywhere(gamma):
    # Ignored pixels and perfectly clear ones have no cross-entropy to take a power of.
    logits = torch.tensor([[[0.3, 200.0, -200.0, 1.0]]], requires_grad=True)
    mask = torch.tensor([[[1, 1, 0, 255]]], dtype=torch.uint8)
    pixel_loss(logits, mask, bce=0.0, dice=0.0, focal=1.0, gamma=gamma).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[0, 0, 0] < 0
    assert (logits.grad[0, 0, 1:] == 0).all()


def test_the_average_follows_with_a_lag():
    layer = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(0.0)
    ema = Ema(layer, 0.5)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    ema.update(layer, 1000)
    assert float(ema.average["weight"]) == 0.5
    ema.update(layer, 1000)
    assert float(ema.average["weight"]) == 0.75


def test_stages_and_rate_follow_progress():
    stages = (Stage(0.5, 256, 32, 1.0, 0.0, 0.0, 0.0), Stage(1.0, 512, 8, 0.2, 0.2, 0.0, 1.0))
    assert stage_at(stages, 0.25)[1] == ViewConfig(256, 0.5, 0.0)
    assert stage_at(stages, 0.75)[1] == ViewConfig(512, 0.2, 0.5)
    assert stage_at(stages, 1.0)[0].batch == 8
    rates = [learning_rate(p, 2.0) for p in (0.0, 0.03, 0.5, 1.0)]
    assert rates[1] == 2.0
    assert rates[0] == rates[3] == pytest.approx(0.02)
    assert rates[3] < rates[2] < rates[1]


def test_a_view_repeats_and_has_the_asked_size(pool_folder):
    pages = load_shard(pool_folder / "shard_000000.npz")
    config = ViewConfig(96, 0.9, 1.0)
    first, again = (take_batch(5, 7, pages, 6, config) for _ in range(2))
    assert first[0].shape == (6, 96, 96, 3)
    assert first[1].shape == (6, 96, 96)
    assert np.array_equal(first[0], again[0])
    assert not np.array_equal(first[0], take_batch(5, 8, pages, 6, config)[0])


@pytest.mark.parametrize("side", [100, 96, 60])
def test_a_page_hardly_larger_than_a_view_or_smaller_is_continued(sources, side):
    config = PageConfig(size=side, real_share=1.0, authentic_share=0.0)
    pages = [stored(make_page(1, index, sources, config)) for index in range(3)]
    for step in range(30):  # crops of an after-life cut away a few pixels more
        images, mask = take_batch(2, step, pages, 2, ViewConfig(96, 0.9, 1.0, twins=0.5))
        assert images.shape == (2, 96, 96, 3) and mask.shape == (2, 96, 96)
    larger = at_least(pages[0], 112)
    rows, columns = pages[0].mask.shape
    assert np.array_equal(larger.twin()[:rows, :columns], pages[0].twin())
    assert (larger.mask[rows:] == 255).all(), "what was added does not count"


def test_an_edit_is_not_mirrored_into_the_margin_of_the_twin():
    """It would be taught as authentic."""
    authentic = np.full((60, 60, 3), 200, np.uint8)
    forged, mask = authentic.copy(), np.zeros((60, 60), np.uint8)
    forged[40:50, 40:50], mask[40:50, 40:50] = 0, 1
    page = stored(SyntheticPage(forged, authentic, mask, "made", real=False))
    larger = at_least(page, 112)
    assert (larger.twin() == 200).all() and (larger.image[70:78, 70:78] == 0).all()


def test_a_stored_page_keeps_its_twin(sources):
    page = make_page(1, 1, sources, PAGES)
    assert np.array_equal(stored(page).twin(), page.twin)


def test_the_maker_keeps_only_the_newest_shards(sources, tmp_path, monkeypatch):
    monkeypatch.setattr("train.data.pool.PAGES_PER_SHARD", 1)
    fill_pool(tmp_path, sources, PAGES, 1, 0, 1, shards=4, keep=2)
    assert [p.name for p in sorted(tmp_path.iterdir())] == [
        "shard_000002.npz",
        "shard_000003.npz",
    ]
    monkeypatch.setattr("train.data.pool.save_shard", pytest.fail)
    fill_pool(tmp_path, sources, PAGES, 1, 0, 1, shards=4, keep=2)  # all made before

    pool = PagePool(tmp_path, capacity=1)
    assert pool.refresh() == 1
    assert len(pool.pages) == 1


def test_high_pass_maps_vanish_on_ramps_and_are_exact_in_bfloat16():
    kernels, _ = residual_kernels()
    assert torch.equal(kernels.to(torch.bfloat16).float(), kernels)
    ramp = torch.arange(16.0).expand(1, 3, 16, 16)
    residual = torch.nn.functional.conv2d(ramp, kernels)
    assert residual.abs().max() == 0


def test_the_house_network_is_small_and_blind_beyond_its_reach():
    network = ForensicUNet().eval()
    assert sum(p.numel() for p in network.parameters()) < 3_900_000
    for block in network.modules():
        if isinstance(block, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(block.weight)
    page = torch.randint(0, 256, (1, 3, 32, 1024)).float()
    other = page.clone()
    other[..., 960:] = 0
    with torch.no_grad():
        change = (network(page) - network(other)).abs().amax((0, 1))
    assert change[:480].max() == 0  # no pooling over the whole image
    assert change[960:].max() > 0


def test_a_config_is_read_and_wrong_names_are_refused(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(
        '[run]\nout = "x"\nsteps = 5\n[pool]\nfolder = "p"\n[model]\nwidths = [8, 8, 8, 8]\n'
        "[[stages]]\nuntil = 1.0\nsize = 64\nbatch = 2\ncentered_from = 1.0\ncentered_to = 1.0\n"
        "life_from = 0.0\nlife_to = 0.0\n"
    )
    config = read_config(path, FitConfig)
    assert config.model.widths == (8, 8, 8, 8)
    assert config.stages[0].size == 64
    path.write_text('[run]\nout = "x"\nstep = 5\n[pool]\nfolder = "p"\n')
    with pytest.raises(ValueError, match="step"):
        read_config(path, FitConfig)
    with pytest.raises(ValueError, match="exactly one"):
        FitConfig(RunConfig("x"), PoolConfig("p"))


def test_the_kept_config_is_readable():
    path = Path(train.__file__).parent / "configs" / "two_cores.toml"
    config, synth = read_config(path, FitConfig), read_config(path, SynthConfig)
    assert config.stages[-1].until == 1.0
    assert synth.page.real_share >= 0.5
    assert synth.page.authentic_share >= 0.25


def test_a_student_comes_nearer_to_its_teacher_without_any_marks(pool_folder, tmp_path):
    config = _config(pool_folder, tmp_path, steps=1)
    network = ForensicUNet(**SMALL.sizes)
    torch.nn.init.constant_(network.head.bias, 1.0)  # sees forgeries everywhere
    teacher = tmp_path / "teacher.safetensors"
    save_weights(teacher, network.state_dict(), SMALL.architecture, SMALL.sizes, 0, {})
    run = dataclasses.replace(config.run, teacher=str(teacher))
    terms = OptimizerConfig(bce=0.0, dice=0.0, distill=1.0, ema=0.0)
    learner = Learner(
        dataclasses.replace(config, run=run, optimizer=terms), Placement(torch.device("cpu"))
    )
    pages = load_shard(pool_folder / "shard_000000.npz")
    batch = to_batch(*take_batch(0, 0, pages, 2, ViewConfig(96, 1.0, 0.0)))
    losses = [float(learner.learn([batch], 3e-2, step)) for step in range(1, 25)]
    assert np.mean(losses[-3:]) < 0.5 * losses[0]
    untaught = Learner(dataclasses.replace(config, optimizer=terms), Placement(torch.device("cpu")))
    assert float(untaught.learn([batch], 3e-3, 1)) == 0.0


def test_ignored_pixels_have_no_part_in_distillation():
    logits, teacher = torch.zeros(1, 2, 2), torch.full((1, 2, 2), 9.0)
    mask = torch.tensor([[[0, 255], [255, 255]]], dtype=torch.uint8)
    teacher[0, 0, 0] = 0.0
    assert float(distillation(logits, teacher, mask)) == pytest.approx(np.log(2))
