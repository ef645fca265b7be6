"""Mixes, real pairs, threads that cut ahead."""

from __future__ import annotations

import threading
import time
from collections import Counter

import cv2
import numpy as np
import pytest

from forensics_rt.io.pairs import find_pairs
from tests.forged_pairs import write_pairs
from train.data.feeder import Feeder
from train.data.mix import Mix, WeightedPages
from train.data.pairs import PairPages, load_page
from train.data.pool import StoredPage
from train.data.views import ViewConfig, take_batch


def _page(level: int) -> StoredPage:
    image = np.full((64, 64, 3), level, np.uint8)
    return StoredPage(image, image[..., 0] * 0, np.empty(0, np.int64), np.empty((0, 3), np.uint8))


class _Source:
    def __init__(self, pages: list[StoredPage]) -> None:
        self.pages, self.closed = pages, False

    def at(self, step: int) -> list[StoredPage]:
        return self.pages

    def close(self) -> None:
        self.closed = True


def test_a_mix_is_drawn_from_by_weight_whatever_the_sizes():
    parts = [[_page(0)], [_page(1), _page(2), _page(3)]]
    pages = WeightedPages(parts, [3.0, 1.0])
    rng = np.random.default_rng(0)
    drawn = Counter(int(pages[int(rng.integers(len(pages)))].image[0, 0, 0]) for _ in range(6000))
    assert drawn[0] / 6000 == pytest.approx(0.75, abs=0.02)
    assert all(drawn[level] / 6000 == pytest.approx(1 / 12, abs=0.02) for level in (1, 2, 3))
    assert pages[0] is parts[0][0]
    assert pages[len(pages) - 1] is parts[1][2]
    with pytest.raises(IndexError):
        pages[len(pages)]


def test_a_mix_of_one_is_that_one_and_closes_it():
    source = _Source([_page(0)])
    mix = Mix([source], [2.0])
    assert mix.at(5) is source.pages
    mix.close()
    assert source.closed


def test_a_pair_has_no_twin_but_its_crops_find_the_edit(tmp_path):
    pairs = find_pairs(*write_pairs(tmp_path, 6), authentic=True)
    page = load_page(pairs[1])
    assert not page.has_twin
    assert page.mask.reshape(-1)[page.changed].all()
    with pytest.raises(ValueError, match="twin"):
        page.twin()
    _, mask = take_batch(1, 0, [page], 8, ViewConfig(64, 1.0, 1.0, twins=1.0))
    assert (mask == 1).any((1, 2)).all()
    assert load_page(pairs[0]).changed.size == 0


def test_a_small_image_is_continued_but_what_was_added_is_ignored(tmp_path):
    images, masks = write_pairs(tmp_path, 2, side=50)
    page = load_page(find_pairs(images, masks, authentic=True)[1], least_side=128)
    stored = cv2.imread(str(images / "page01.png"))[..., ::-1]
    assert page.image.shape == (128, 128, 3)
    assert np.array_equal(page.image[:50, :50], stored)
    assert (page.mask[50:] == 255).all()
    assert (page.mask[:, 50:] == 255).all()
    assert (page.mask[:50, :50] != 255).all()


def test_pairs_keep_no_more_in_memory_than_they_may(tmp_path):
    pairs = find_pairs(*write_pairs(tmp_path, 5), authentic=True)
    one = load_page(pairs[0])
    room = 2.5 * (one.image.nbytes + one.mask.nbytes) / (1 << 30)
    pages = PairPages(pairs, 0, room)
    first = pages[0]
    assert pages[0] is first
    for index in (1, 2, 3, 4):
        assert np.array_equal(pages[index].image, load_page(pairs[index]).image)
    assert pages[0] is not first
    assert len(pages._pages) <= 2


def test_the_feeder_keeps_the_order_whichever_thread_is_first():
    orders: list[tuple[int, int]] = []

    def order(number: int):
        orders.append((number, threading.get_ident()))
        return lambda: (time.sleep(0.02 * (number % 3 == 0)), number)[1]

    feeder = Feeder(order, workers=3, first=5)
    assert [feeder.take() for _ in range(7)] == list(range(5, 12))
    feeder.close()
    assert [number for number, _ in orders] == list(range(5, 5 + len(orders)))
    assert {thread for _, thread in orders} == {threading.get_ident()}


def test_an_error_of_a_worker_is_raised_where_its_batch_is_taken():
    def order(number: int):
        return lambda: 1 // (2 - number)

    feeder = Feeder(order, workers=1)
    assert [feeder.take(), feeder.take()] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        feeder.take()
    feeder.close()
