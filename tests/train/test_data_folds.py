"""Folds: groups stay whole, parts are of one size, and the division repeats."""

from __future__ import annotations

import json
import logging
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics_rt.io.pairs import LabeledImage
from train.config import FoldsConfig
from train.data.folds import fold_of_groups, split_fold
from train.data.kept_fold import HELD_OUT, keep_fold

FOLDS = FoldsConfig(4, 1)


def _pairs(groups: list[str]) -> list[LabeledImage]:
    return [LabeledImage(Path(f"{i}.png"), None, group) for i, group in enumerate(groups)]


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


def _begun(out: Path, groups: list[str]) -> list[str]:
    """Divide for a new run, leave weights as it would, and return the groups it holds out."""
    _, left_out = keep_fold(_pairs(groups), FOLDS, out)
    (out / "state.safetensors").touch()
    return [pair.group for pair in left_out]


def test_a_run_that_goes_on_holds_out_what_it_held_out(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    names = [f"scan{i:02d}" for i in range(12)]
    held_out = _begun(tmp_path, names)
    more = [f"new{i}" for i in range(9)] + names + held_out[:1]
    assert {p.group for p in split_fold(_pairs(more), 4, 1)[1]} != set(held_out)
    caplog.clear()
    training, left_out = keep_fold(_pairs(more), FOLDS, tmp_path)
    assert Counter(p.group for p in left_out) == Counter([*held_out, held_out[0]])
    assert {p.group for p in training} == set(more) - set(held_out)
    assert "the 3 groups of held_out.json stay held out" in caplog.text


def test_without_weights_a_run_begins_anew(tmp_path):
    keep_fold(_pairs(list("abcdefgh")), FOLDS, tmp_path)
    _, left_out = keep_fold(_pairs(list("stuvwxyz")), FoldsConfig(2), tmp_path)
    document = json.loads((tmp_path / HELD_OUT).read_text())
    assert document["groups"] == sorted(p.group for p in left_out)
    assert document["folds"] == {"count": 2, "index": 0, "seed": 0}


@pytest.mark.parametrize("folds", [FoldsConfig(5, 1), FoldsConfig(4, 0), FoldsConfig(4, 1, 7)])
def test_a_run_that_goes_on_cannot_be_divided_otherwise(tmp_path, folds):
    _begun(tmp_path, list("abcdefgh"))
    with pytest.raises(ValueError, match=r"must stay .*'count': 4, .*name another run\.out"):
        keep_fold(_pairs(list("abcdefgh")), folds, tmp_path)


def test_groups_held_out_cannot_come_back_under_other_names(tmp_path):
    held_out = _begun(tmp_path, list("abcdefgh"))
    renamed = [name.upper() if name in held_out else name for name in "abcdefgh"]
    with pytest.raises(ValueError, match=rf"no image of {held_out[0]}, .*out of the file"):
        keep_fold(_pairs(renamed), FOLDS, tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"folds": {"count": 4, "index": 1, "seed": 0}}'])
def test_a_damaged_record_of_what_is_held_out_is_named(tmp_path, text):
    _begun(tmp_path, list("abcdefgh"))
    (tmp_path / HELD_OUT).write_text(text)
    with pytest.raises(ValueError, match=r"held_out\.json must hold folds and groups"):
        keep_fold(_pairs(list("abcdefgh")), FOLDS, tmp_path)


def test_a_run_of_before_the_record_says_what_it_cannot_know(tmp_path, caplog):
    _begun(tmp_path, list("abcdefgh"))
    (tmp_path / HELD_OUT).unlink()
    keep_fold(_pairs(list("abcdefgh")), FOLDS, tmp_path)
    assert "has weights, but no held_out.json" in caplog.text
    assert (tmp_path / HELD_OUT).is_file()
