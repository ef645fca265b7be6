"""Pages are repeatable, and their marks cover what was changed."""

from __future__ import annotations

import numpy as np
import pytest

from train.synth.afterlife import AfterLife, draw_after_life, live, live_marks
from train.synth.forgery import EDITS, KINDS, Canvas
from train.synth.labels import IGNORE, mark, with_ignored
from train.synth.page import PageRecipe, make_page
from train.synth.scene.base import Scene, Word, crop_scene
from train.synth.split import is_held_out

RECIPE = PageRecipe(size=320, real_share=0.5, untouched_share=0.25)


def test_a_seed_means_one_page(sources):
    first, again = (make_page(3, 4, sources, RECIPE) for _ in range(2))
    other = make_page(3, 5, sources, RECIPE)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.marks, again.marks)
    assert not np.array_equal(first.image, other.image)


def test_marks_cover_every_changed_pixel(sources):
    for index in range(12):
        page = make_page(1, index, sources, RECIPE)
        changed = (page.image != page.twin).any(2)
        assert not (changed & (page.marks == 0)).any()


def test_pages_are_partly_untouched_and_edits_small(sources):
    pages = [make_page(2, index, sources, RECIPE) for index in range(24)]
    untouched = [page for page in pages if not page.marks.any()]
    assert 2 <= len(untouched) <= 14
    assert all(np.array_equal(page.image, page.twin) for page in untouched)
    assert np.mean([(page.marks > 0).mean() for page in pages]) < 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_every_edit_changes_the_page_where_it_says(sources, kind):
    scene = sources.plain_scans.scene(sources.plain_scans.files[0])
    other = sources.plain_scans.scene(sources.plain_scans.files[1])
    for seed in range(15):
        rng = np.random.default_rng(seed)
        canvas = Canvas(scene.image.copy(), list(scene.words), sources.fonts, other)
        touched = EDITS[kind][1](rng, canvas)
        if touched is None or np.array_equal(canvas.image, scene.image):
            continue
        x0, y0, x1, y1 = touched.box
        outside = np.ones(canvas.marks.shape, bool)
        outside[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = False
        changed = (canvas.image != scene.image).any(2)
        assert changed.any()
        assert (changed & outside).sum() <= 0.1 * changed.sum()
        return
    pytest.fail(f"{kind} never found a place")


def test_a_blob_is_filled_and_slightly_larger_than_the_edit(sources):
    page = np.full((60, 60, 3), 200, np.uint8)
    page += np.random.default_rng(0).integers(0, 9, page.shape).astype(np.uint8)
    canvas = Canvas(page.copy(), [], sources.fonts, Scene(page, (), "", False))
    canvas.image[20:30, 10:40] = 0
    from train.synth.forgery import Touched

    mark(canvas, Touched((10, 20, 40, 30)), 1, page, grow=2)
    expected = np.zeros((60, 60), np.uint8)
    expected[18:32, 8:42] = 1
    assert np.array_equal(canvas.marks, expected)


def test_erasing_clipped_white_is_ignored(sources):
    page = np.full((60, 60, 3), 255, np.uint8)
    before = page.copy()
    before[24:26, 15:30] = 0
    canvas = Canvas(page, [], sources.fonts, Scene(page, (), "", False))
    from train.synth.forgery import Touched

    mark(canvas, Touched((12, 20, 34, 30), erased=True), 7, before)
    assert set(np.unique(canvas.marks)) == {0, IGNORE}


def test_faint_blobs_are_ignored_and_strong_ones_kept():
    twin = np.full((40, 80, 3), 128, np.uint8)
    image = twin.copy()
    image[10:20, 10:20] += 2
    image[10:20, 50:60] += 40
    marks = np.zeros((40, 80), np.uint8)
    marks[8:22, 8:22] = 3
    marks[8:22, 48:62] = 3
    out = with_ignored(marks, image, twin)
    assert (out[8:22, 8:22] == IGNORE).all()
    assert (out[8:22, 48:62] == 3).all()
    assert (out[marks == 0] == 0).all()


def test_a_history_is_the_same_for_page_and_twin():
    rng = np.random.default_rng(1)
    page = rng.integers(0, 256, (64, 80, 3)).astype(np.uint8)
    life = AfterLife(scale=0.8, noise=2.0, noise_seed=9, qualities=(90, 70), shift=(3, 5))
    assert np.array_equal(live(page, life), live(page.copy(), life))
    assert live(page, life).shape[:2] == live_marks(page[..., 0], life).shape == (46, 61)


def test_no_strength_means_no_history():
    lives = [draw_after_life(np.random.default_rng(s), 0.0) for s in range(20)]
    assert all(not life.qualities and life.scale == 1.0 and life.noise == 0.0 for life in lives)


def test_cropping_keeps_only_words_inside():
    scene = Scene(
        np.zeros((50, 50, 3), np.uint8), (Word(5, 5, 15, 12), Word(40, 5, 49, 12)), "", False
    )
    cut = crop_scene(scene, 2, 2, 30, 30)
    assert cut.words == (Word(3, 3, 13, 10),)
    with pytest.raises(ValueError, match="must lie inside"):
        crop_scene(scene, 30, 30, 30, 30)


def test_the_split_is_by_stem_and_holds_out_a_tenth():
    names = [f"page_{i}.jpg" for i in range(2000)]
    held = [is_held_out(name) for name in names]
    assert 0.07 < np.mean(held) < 0.13
    assert held == [is_held_out("elsewhere/" + n.replace(".jpg", ".png")) for n in names]
