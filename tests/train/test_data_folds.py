"""Folds: groups stay whole, parts are of one size, and the division repeats."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics_rt.io.pairs import LabelledImage
from train.data.folds import fold_of_groups, split_fold


def _pairs(groups: list[str]) -> list[LabelledImage]:
    return [LabelledImage(Path(f"{i}.png"), None, group) for i, group in enumerate(groups)]


@given(
    st.lists(st.sampled_from("abcdefghijkl"), min_size=1, max_size=60),
    st.integers(2, 5),
    st.integers(0, 3),
)
def test_every_image_is_left_out_once_and_groups_stay_whole(groups, count, seed):
    pairs = _pairs(groups)
    if len(set(groups)) < count:
        with pytest.raises(ValueError, match="at most the number of groups"):
            split_fold(pairs, count, 0, seed)
        return
    left_out = []
    for index in range(count):
        training, part = split_fold(pairs, count, index, seed)
        assert part
        assert {p.group for p in training}.isdisjoint(p.group for p in part)
        assert sorted(training + part, key=str) == sorted(pairs, key=str)
        left_out += part
    assert Counter(left_out) == Counter(pairs)


def test_folds_differ_by_no_more_than_a_group():
    sizes = {"a": 9, "b": 7, "c": 6, "d": 5, "e": 5, "f": 4, "g": 2, "h": 1, "i": 1}
    groups = [name for name, size in sizes.items() for _ in range(size)]
    members = Counter(fold_of_groups(groups, 4)[group] for group in groups)
    assert sorted(members.values()) == [10, 10, 10, 10]


def test_the_division_ignores_the_order_and_follows_the_seed():
    names = [f"scan{i}" for i in range(40)]
    assert fold_of_groups(names, 4, 1) == fold_of_groups(names[::-1], 4, 1)
    assert fold_of_groups(names, 4, 1) != fold_of_groups(names, 4, 2)
