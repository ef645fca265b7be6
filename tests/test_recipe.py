import json
from dataclasses import asdict

import numpy as np
import pytest

from forensics_rt.errors import RecipeError
from forensics_rt.recipe import D4, PRESETS, Recipe, find_recipe


def test_the_four_presets_exist():
    assert set(PRESETS) == {"fast", "balanced", "max", "tianchi-fft2"}
    assert PRESETS["max"].tta == D4


def test_a_recipe_of_the_bundle_comes_before_a_preset_of_that_name():
    own = Recipe("fast", overlap=48)

    assert find_recipe("fast", {"fast": own}) is own
    assert find_recipe("fast", {}) is PRESETS["fast"]


def test_an_unknown_name_is_answered_with_those_that_exist():
    with pytest.raises(
        RecipeError, match="no recipe named 'best'; there are: balanced, fast, max, mine, tianchi"
    ):
        find_recipe("best", {"mine": Recipe("mine")})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"window": "hann"}, "no window 'hann'; there are: flat, pyramid, gaussian"),
        ({"merge": "mean"}, "no merge 'mean'; there are: blend, tianchi-fft2"),
        ({"tta": ("rot90",)}, "no symmetry 'rot90'; there are: identity, rotate90"),
        ({"overlap": -1}, "overlap is -1, must be 0 or more"),
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
