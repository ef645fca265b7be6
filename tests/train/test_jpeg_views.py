"""Coefficients of JPEG on their way to a network: those of the crop that it sees, to the block."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from forensics_rt.io.coefficients import Coefficients
from forensics_rt.io.pairs import LabeledImage
from tests.jpegs import jpeg, picture
from train.checkpoint.load import load_checkpoint
from train.config import FitConfig, ModelConfig, OptimizerConfig, PoolConfig, RunConfig, Stage
from train.data.batches import to_crop_batch
from train.data.coefficients import cut_coefficients
from train.data.held_out import held_out_pages
from train.data.pairs import load_page
from train.data.pool import StoredPage, save_shard, stored
from train.data.views import CropView, ViewConfig, take_batch, take_examples
from train.evaluation.network import probability_map
from train.fit import Trainer
from train.loop.placement import Placement
from train.loop.validation import validate
from train.networks import build_network
from train.synth.afterlife import AfterLife, draw_after_life, live, live_as_file
from train.synth.afterlife.history import CutOff, Rescale, Save
from train.synth.capture import captured
from train.synth.capture.media import save
from train.synth.page import PageConfig, make_page
from train.synth.scene.base import Scene

pytest.importorskip("jpeglib")
PAGES = PageConfig(size=160, real_share=1.0, authentic_share=0.2, jpeg_only=True)
UNCLIPPED = 1 << 14


def luma_of(found: Coefficients) -> np.ndarray:
    """Decode luma from coefficients, as any JPEG decoder does."""
    out = np.empty(found.dct.shape, np.float32)
    for top in range(0, out.shape[0], 8):
        for left in range(0, out.shape[1], 8):
            block = found.dct[top : top + 8, left : left + 8] * found.quantization.astype(
                np.float32
            )
            out[top : top + 8, left : left + 8] = cv2.idct(block) + 128
    return out


def far(image: np.ndarray, luma: np.ndarray) -> float:
    gray = image @ np.array([0.299, 0.587, 0.114], np.float32)
    return float(np.abs(gray - luma).mean())


@pytest.fixture(scope="module")
def pages(sources) -> list[StoredPage]:
    return [stored(make_page(1, index, sources, PAGES)) for index in range(4)]


def test_coefficients_are_those_of_the_crop_that_is_seen(pages):
    config = ViewConfig(96, 0.9, 1.0, twins=1.0, jpeg_only=True, dct_limit=UNCLIPPED)
    views = take_examples(2, 0, pages, 12, config)
    for view in views:
        assert far(view.image, luma_of(view.coefficients)) < 1.5
    assert any(far(view.image, np.roll(luma_of(view.coefficients), 1, 1)) > 2 for view in views)
    tables = {view.coefficients.quantization.tobytes() for view in views}
    assert len(tables) > 2  # each after-life has its own


def test_pixels_and_masks_are_the_same_with_coefficients_and_without(pages):
    config = ViewConfig(96, 0.9, 1.0, twins=0.5, jpeg_only=True)
    images, masks = take_batch(2, 1, pages, 6, config)
    views = take_examples(2, 1, pages, 6, replace(config, dct_limit=20))
    assert all(np.array_equal(a, view.image) for a, view in zip(images, views, strict=True))
    assert all(np.array_equal(a, view.mask) for a, view in zip(masks, views, strict=True))
    assert max(int(np.abs(view.coefficients.dct).max()) for view in views) == 20


def test_a_batch_has_what_the_contract_of_bundles_says(pages):
    config = ViewConfig(96, 0.9, 1.0, jpeg_only=True, dct_limit=20)
    pixels, dct, tables = to_crop_batch(take_examples(2, 1, pages, 2, config)).inputs()
    assert (pixels.shape, pixels.dtype) == ((2, 3, 96, 96), torch.float32)
    assert (dct.shape, dct.dtype) == ((2, 96, 96), torch.int32)
    assert (tables.shape, tables.dtype) == ((2, 8, 8), torch.int32)


def test_a_twin_has_its_own_coefficients(pages):
    forged = [page for page in pages if page.changed.size]
    config = ViewConfig(96, 1.0, 0.0, twins=1.0, jpeg_only=True, dct_limit=UNCLIPPED)
    view, twin = take_examples(0, 0, forged, 2, config)
    assert not twin.mask.any() and not np.array_equal(view.image, twin.image)
    assert far(twin.image, luma_of(twin.coefficients)) < 1.5
    with pytest.raises(ValueError, match="must have a twin"):
        CropView(view.image, view.mask, None).authentic()


@pytest.mark.parametrize("last", [None, CutOff(3, 0), Rescale(0.8)])
def test_what_is_no_jpeg_at_last_gets_the_coefficients_of_a_copy_at_quality_100(last):
    steps = () if last is None else (Save(60), last)
    life = AfterLife("lossless", steps)
    image, found = live_as_file(picture(64, 80), life, UNCLIPPED)
    assert np.array_equal(image, live(picture(64, 80), life))
    assert (found.quantization == 1).all()
    rows, columns = image.shape[:2]
    assert far(image, luma_of(found)[:rows, :columns]) < 1


def test_a_jpeg_of_ones_own_keeps_its_coefficients_until_it_is_saved_again(tmp_path: Path):
    file = tmp_path / "page.jpg"
    file.write_bytes(jpeg(picture(100, 90), quality=70))
    page = load_page(LabeledImage(file, None, "a"), least_side=112, dct_limit=UNCLIPPED)
    assert page.image.shape == (112, 112, 3) and page.coefficients is not None
    untouched = ViewConfig(64, 0.0, 0.0, dct_limit=UNCLIPPED)
    (view,) = take_examples(1, 0, [page], 1, untouched)
    assert np.array_equal(view.coefficients.quantization, page.coefficients.quantization)
    inside = np.s_[:32, :32]  # beyond the file there are no blocks
    assert far(view.image[inside], luma_of(view.coefficients)[inside]) < 1.5
    (again,) = take_examples(1, 0, [page], 1, replace(untouched, jpeg_only=True))
    assert not np.array_equal(again.coefficients.quantization, page.coefficients.quantization)


def test_coefficients_are_cut_in_whole_blocks_and_end_with_the_image():
    whole = Coefficients(np.ones((16, 16), np.int16), np.ones((8, 8), np.uint16))
    cut = cut_coefficients(whole, 8, 0, 20, 8)
    assert cut.dct.shape == (24, 8) and int(cut.dct.sum()) == 64
    with pytest.raises(ValueError, match=r"starts at \(4, 8\)"):
        cut_coefficients(whole, 8, 4, 8, 8)


def test_a_page_of_jpegs_only_was_one_before_and_is_one_afterwards():
    lives = [
        draw_after_life(np.random.default_rng(seed), 1.0, jpeg_only=True) for seed in range(40)
    ]
    assert all(life.saved for life in lives)
    assert {life.name for life in lives} > {"none", "jpeg", "resize"}
    scene = Scene(picture(64, 64), (), "screen", False, domain="screen")
    rng = np.random.default_rng(4)
    lossless = captured(np.random.default_rng(4), scene).image
    saved = captured(rng, scene, jpeg_only=True).image
    assert np.array_equal(lossless, scene.image) and not np.array_equal(saved, lossless)
    rng = np.random.default_rng(4)
    [rng.random() for _ in range(3)]
    assert np.array_equal(saved, save(rng, scene).image)


@pytest.fixture(scope="module")
def pool_folder(pages, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    save_shard(folder / "shard_000000.npz", pages)
    return folder


def run_of(pool_folder: Path, out: Path, **run: object) -> FitConfig:
    return FitConfig(
        run=RunConfig(
            out=str(out),
            **{"steps": 2, "threads": 1, "precision": "fp32", "tensorboard": False, **run},
        ),
        pool=PoolConfig(str(pool_folder), capacity=32),
        optimizer=OptimizerConfig(ema=0.5),
        model=ModelConfig((8, 8, 8, 8), (1,), architecture="forensic_unet_dct"),
        stages=(Stage(1.0, 96, 2, 0.8, 0.8, 0.0, 1.0),),
        page=PAGES,
    )


def test_a_network_that_reads_coefficients_is_trained(pool_folder, tmp_path):
    Trainer(run_of(pool_folder, tmp_path, steps=1)).run()
    loaded = load_checkpoint(tmp_path / "weights_0000001.safetensors")
    assert loaded.architecture == "forensic_unet_dct"
    weights = loaded.network.state_dict()
    assert weights["dct.give.weight"].abs().max() > 0  # which starts as zeros


def test_the_jpeg_of_the_device_leaves_no_file_to_read(pool_folder, tmp_path):
    with pytest.raises(ValueError, match="device_after_life must be false"):
        Trainer(run_of(pool_folder, tmp_path, device_after_life=True))


def test_it_is_measured_with_the_coefficients_of_the_held_out_files(pages):
    torch.manual_seed(0)
    network = build_network("forensic_unet_dct", {"widths": [8, 8, 8, 8], "dilations": [1]}).eval()
    with torch.no_grad():
        network.dct.give.weight.normal_()
        network.head.bias.zero_()
    held_out = held_out_pages(pages[:2], 0, 1.0, jpeg_only=True, dct_limit=network.dct_limit)
    blind = replace(
        held_out,
        load=lambda index: held_out.load(index)._replace(
            coefficients=Coefficients(np.zeros((160, 160), np.int16), np.ones((8, 8), np.uint16))
        ),
    )
    place = Placement(torch.device("cpu"))
    counts = [validate(network, one, 64, place) for one in (held_out, blind)]
    assert counts[0] != counts[1]


def test_a_map_of_tiles_reads_the_coefficients_where_each_tile_lies():
    torch.manual_seed(0)
    network = build_network("forensic_unet_dct", {"widths": [8, 8, 8, 8], "dilations": [1]}).eval()
    with torch.no_grad():
        network.dct.give.weight.normal_()
    image = np.full((64, 512, 3), 200, np.uint8)
    dct = np.zeros((64, 512), np.int16)
    dct[:, 448:] = 9
    found = Coefficients(dct, np.ones((8, 8), np.uint16))
    flat = Coefficients(np.zeros_like(dct), found.quantization)
    marked, plain = (probability_map(network, image, (64, 320), one) for one in (found, flat))
    changed = np.abs(marked - plain).max(0)
    assert changed[448:].max() > 1e-4 and changed[:192].max() < 1e-6
