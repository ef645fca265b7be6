import json
from dataclasses import asdict

import numpy as np
import pytest

from forensics_rt.errors import RecipeError
from forensics_rt.recipe import D4, PRESETS, TTA_SETS, Recipe, parse_tta


def test_the_four_presets_exist():
    assert set(PRESETS) == {"fast", "balanced", "max", "tianchi-fft2"}
    assert PRESETS["max"].tta == D4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"window": "hann"}, "no window 'hann'; there are: flat, pyramid, gaussian"),
        ({"merge": "mean"}, "no merge 'mean'; there are: blend, tianchi-fft2"),
        ({"tta": ("rot90",)}, "no symmetry 'rot90'; there are: identity, rotate90"),
        ({"overlap": -1}, "overlap is -1, must be 0 or more"),
        ({"tta": 5}, r"recipe 'mine': tta must be several, such as a list, but is 5 \(int\)"),
        ({"tile_sizes": 512}, "tile_sizes must be several, such as a list, but is 512"),
        ({"weights": 0.5}, "weights must be several, such as a list, but is 0.5"),
        ({"members": True}, "members must be whole, got True"),
        ({"overlap": 1.5}, "overlap must be whole, got 1.5"),
        ({"members": 1.0}, "members must be whole, got 1.0"),
        ({"tile_sizes": (512.5,)}, "a tile size must be whole, got 512.5"),
        ({"threshold": "0.5"}, "threshold must be a number, got '0.5'"),
        ({"tile_sizes": ()}, "tile sizes must be larger"),
        ({"tile_sizes": (16,), "overlap": 16}, "tile sizes must be larger"),
        ({"tta": ()}, "needs a symmetry"),
        ({"tta": ("identity", "identity")}, "repeats a symmetry"),
        ({"members": 0}, "members must be at least 1"),
        ({"threshold": 0.0}, "between 0 and 1, got 0.0"),
        ({"threshold": 1.0}, "between 0 and 1, got 1.0"),
    ],
)
def test_values_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(RecipeError, match=message):
        Recipe("mine", **changes)


def test_a_name_is_a_text():
    with pytest.raises(RecipeError, match=r"the name of a recipe must be a text, but is 5 \(int"):
        Recipe(5)


def test_lists_and_numbers_of_numpy_make_the_same_recipe():
    plain = Recipe("mine", (64, 128), 8, tta=D4, members=2, threshold=0.25, high_threshold=0.5)
    given = Recipe(
        "mine",
        [np.int64(64), 128],
        np.int32(8),
        tta=list(D4),
        members=np.uint8(2),
        threshold=np.float32(0.25),
        high_threshold=np.float64(0.5),
    )

    assert given == plain and not given.differences(plain)
    assert json.dumps(asdict(given)) == json.dumps(asdict(plain))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "balanced"),
        ({"overlap": 64}, "balanced+overlap=64"),
        ({"overlap": 24}, "balanced"),
        ({"tiles": [512, 768], "tta": D4}, "balanced+tiles=512,768+tta=all"),
        ({"tta": ("identity", "transpose")}, "balanced+tta=identity,transpose"),
    ],
)
def test_a_changed_recipe_is_called_by_what_differs(changes, name):
    changed = PRESETS["balanced"].changed(**changes)

    assert changed.name == name
    assert bool(changed.differences(PRESETS["balanced"])) == (name != "balanced")


def test_a_merge_with_a_rule_of_its_own_has_no_overlap_to_change():
    with pytest.raises(RecipeError, match="'tianchi-fft2' places tiles by its own rule"):
        PRESETS["tianchi-fft2"].changed(overlap=64)


def test_symmetries_are_named_as_a_set_or_one_by_one():
    assert {name: len(parse_tta(name)) for name in TTA_SETS} == {"none": 1, "flips": 4, "all": 8}
    assert parse_tta("rotate90, identity") == ("rotate90", "identity")
    with pytest.raises(RecipeError, match="no TTA named 'flip'; there are: none, flips, all, or"):
        parse_tta("identity,flip")
