"""What a run opens: pools with a part set aside, folds, pages made meanwhile."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from tests.forged_pairs import run_file, write_pairs
from train.config import DataConfig, FitConfig, RunConfig, ValidationConfig, read_config
from train.data.held_out import held_out_synthetic
from train.data.made import MadePages
from train.data.opening import open_data
from train.data.pool import PagePool, load_shard, save_shard, stored
from train.loop.validation import grid_tiles
from train.synth.page import PageConfig, make_page

PAGES = PageConfig(size=160, real_share=1.0, authentic_share=0.2)


def test_the_fold_that_is_left_out_does_not_train(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    write_pairs(tmp_path, 8)
    path = run_file(tmp_path)
    changes = ["folds.count=4", "folds.index=1"]
    config = read_config(path, FitConfig, changes)
    data = open_data(config)
    training = data.mix.at(0)
    assert (len(training), data.held_out.count) == (6, 2)
    left_out = [one.image for one in data.held_out]
    seen = [training[i].image[:160, :160] for i in range(6)]
    assert not any(np.array_equal(a, b) for a in left_out for b in seen)
    assert config.out == tmp_path / "out" / "fold_1"
    assert "8 pairs, 6 with masks, 2 held out" in caplog.text


def test_an_image_named_in_two_groups_cannot_be_left_out(tmp_path):
    images, _ = write_pairs(tmp_path, 8)
    rows = [f"{file},group {i}" for i, file in enumerate(sorted(images.iterdir()))]
    (tmp_path / "again.csv").write_text("\n".join(["image,group", *rows]))
    config = read_config(run_file(tmp_path), FitConfig, ["folds.count=2"])
    again = DataConfig("list", file=str(tmp_path / "again.csv"))
    with pytest.raises(ValueError, match=r"leave an image out as a whole, .*in one group"):
        open_data(replace(config, data=(*config.data, again)))


def test_validation_pairs_may_be_named(tmp_path):
    write_pairs(tmp_path, 8)
    other, masks = write_pairs(tmp_path / "other", 3, seed=9)
    config = read_config(run_file(tmp_path), FitConfig)
    wanted = ValidationConfig(images=str(other), masks=str(masks), authentic=True)
    assert open_data(replace(config, validation=wanted)).held_out.count == 3
    with pytest.raises(ValueError, match=r"add \[folds\]"):
        open_data(replace(config, validation=ValidationConfig(pages=4)))


def test_images_that_train_cannot_be_named_for_validation(tmp_path):
    images, masks = write_pairs(tmp_path, 8)
    config = read_config(run_file(tmp_path), FitConfig)
    path = tmp_path / "some.csv"
    path.write_text("image,group\nimages/page03.png,another\n")
    for wanted, count in (
        (ValidationConfig(images=f"{images}/../images", masks=str(masks), authentic=True), 8),
        (ValidationConfig(file=str(path)), 1),
    ):
        with pytest.raises(ValueError, match=rf"measure on .*page0\d\.png \({count} in all\)"):
            open_data(replace(config, validation=wanted))


def test_pages_to_measure_on_are_not_those_that_train(sources):
    """With one seed, texts, layouts and edits of one number would be the same."""
    trained = [make_page(3, index, sources, PAGES) for index in range(4)]
    for image, *_ in held_out_synthetic(sources, PAGES, 3, 4, 0.0):
        assert not any(np.array_equal(image, page.image) for page in trained)


def test_shards_set_aside_never_train_also_after_a_stop(sources, tmp_path, monkeypatch):
    monkeypatch.setattr("train.data.pool.PAGES_PER_SHARD", 2)
    monkeypatch.setattr("train.data.held_out.PAGES_PER_SHARD", 2)
    pool = tmp_path / "pool"
    pool.mkdir()
    for number in range(3):
        pages = [stored(make_page(1, 2 * number + i, sources, PAGES)) for i in range(2)]
        save_shard(pool / f"shard_{number:06d}.npz", pages)
    config = FitConfig(
        RunConfig(str(tmp_path / "out"), steps=1),
        data=(DataConfig("pool", folder=str(pool)),),
        validation=ValidationConfig(pages=2, after_life=0.0),
    )
    data = open_data(config)
    aside = load_shard(pool / "shard_000000.npz")
    assert np.array_equal(data.held_out.load(1)[0], aside[1].image)
    assert len(data.mix.at(0)) == 4
    (pool / "shard_000000.npz").rename(pool / "shard_000009.npz")
    again = open_data(config)
    assert np.array_equal(again.held_out.load(1)[0], aside[1].image)
    with pytest.raises(ValueError, match="make more of them"):
        open_data(
            replace(
                config,
                run=replace(config.run, out=str(tmp_path / "new")),
                validation=ValidationConfig(pages=6),
            )
        )


def test_a_pool_waits_for_its_first_shard(sources, tmp_path, monkeypatch):
    def make_shard(seconds: float) -> None:
        save_shard(tmp_path / "shard_000000.npz", [stored(make_page(1, 0, sources, PAGES))])

    monkeypatch.setattr("train.data.pool.time.sleep", make_shard)
    assert len(PagePool(tmp_path, 32).at(0)) == 1


def test_paced_pages_are_a_function_of_the_step(sources):
    entry = DataConfig("synthetic", capacity=3, first_pages=2, pages_per_step=0.5)
    whole = MadePages(entry, sources, PAGES, seed=4)
    late = MadePages(entry, sources, PAGES, seed=4)
    try:
        numbers = {0: [0, 1], 1: [0, 1], 2: [0, 1, 2], 6: [2, 3, 4]}
        for step, wanted in numbers.items():
            pages = whole.at(step)
            assert len(pages) == len(wanted)
            for page, number in zip(pages, wanted, strict=True):
                assert np.array_equal(page.image, make_page(4, number, sources, PAGES).image)
        for early, resumed in zip(whole.at(6), late.at(6), strict=True):
            assert np.array_equal(early.image, resumed.image)
    finally:
        whole.close()
        late.close()


def test_pages_without_a_pace_come_as_they_are_made(sources):
    entry = DataConfig("synthetic", capacity=4, first_pages=2)
    second = MadePages(entry, sources, PAGES, seed=4, part=(1, 2))
    try:
        pages = second.at(0)
        assert len(pages) >= 2
        assert np.array_equal(pages[0].image, make_page(4, 1, sources, PAGES).image)
    finally:
        second.close()


def test_fresh_held_out_pages_repeat(sources):
    held_out = held_out_synthetic(sources, PAGES, 5, 6, 1.0)
    assert np.array_equal(held_out.load(2)[0], held_out.load(2)[0])
    limited = held_out.limited(3)
    assert limited.count == 3
    assert np.array_equal(limited.load(2)[0], held_out.load(4)[0])


def test_a_grid_covers_every_pixel_once():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (70, 33, 3), dtype=np.uint8)
    mask = rng.integers(0, 3, (70, 33), dtype=np.uint8)
    tiles, labels = grid_tiles(image, mask, 32)
    assert tiles.shape == (6, 32, 32, 3)
    assert np.array_equal(np.hstack([tiles[0], tiles[1]])[:, :33], image[:32])
    assert (labels != 255).sum() == mask.size


def test_a_shard_of_an_earlier_version_still_opens(sources, tmp_path):
    path = tmp_path / "shard_000000.npz"
    page = stored(make_page(1, 0, sources, PAGES))
    save_shard(path, [page])
    with np.load(path) as parts:
        earlier = {name.replace("mask_", "marks_"): parts[name] for name in parts.files}
    assert "marks_0" in earlier
    np.savez(path, **earlier)

    assert np.array_equal(load_shard(path)[0].mask, page.mask)
