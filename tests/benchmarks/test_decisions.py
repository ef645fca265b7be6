"""Decisions are counted where float32 finds something, and held to what is forged."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from benchmarks.decisions import Change, change_of, compare, sample_pages
from train.evaluation.cases import Case


def mask(*rows: str) -> np.ndarray:
    return np.array([[one == "x" for one in row] for row in rows])


def test_what_differs_is_counted() -> None:
    before, after = mask("xx..", "...."), mask("x.x.", "....")
    truth = np.zeros((2, 4), np.uint8)
    truth[0, 0], truth[0, 1], truth[0, 2] = 3, 0, 255
    change = change_of(before, after, truth)

    assert change == Change(pixels=8, flipped=2, both=1, either=3, true_both=1, true_either=1)
    assert change.flipped_share == 0.25 and round(change.iou_lost, 3) == 0.667
    assert change.true_iou == 1.0, "what is not known is not counted"
    assert (change + change).flipped == 4


def test_pages_without_anything_found_are_left_out() -> None:
    def cases():
        for level in (0, 200, 0):
            pixels = np.full((4, 4, 3), level, np.uint8)
            yield Case("page", pixels, np.zeros((4, 4), np.uint8))

    def detector(threshold: int):
        return lambda image: SimpleNamespace(mask=image[..., 0] >= threshold)

    found = compare(cases(), {"float32": detector(100), "int8": detector(250)})
    assert found.pages == 3 and len(found.by_format["int8"]) == 1
    assert found.by_format["int8"][0].flipped_share == 1.0
    assert found.by_format["float32"][0].flipped == 0


def test_the_samples_have_no_truth_by_pixels() -> None:
    (first, *_) = sample_pages()
    assert change_of(mask("x"), mask("x"), first.mask[:1, :1]).true_either == 0
