"""The planner in C++ is that of Python: tiles, windows, regions and scores."""

import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics_rt.errors import RecipeError
from forensics_rt.plan.by_recipe import plan_for
from forensics_rt.plan.mask import forged_mask
from forensics_rt.plan.score import image_score
from forensics_rt.plan.window import window
from forensics_rt.recipe import PRESETS
from forensics_rt.results.regions import find_regions
from tests.counts import count

SIZES = (384, 512, 768, 1024)
FITTING = (384, 512, 640, 832)
SIDES = st.integers(1, 6000)


def tiles_of(twin, recipe, height, width, fitting):
    said = {"plan": dataclasses.asdict(recipe), "height": height, "width": width}
    return twin(said | {"squares": SIZES, "fitting": fitting})


@settings(max_examples=count(100, 300))
@given(
    name=st.sampled_from(list(PRESETS)),
    overlap=st.none() | st.integers(0, 376),
    height=SIDES,
    width=SIDES,
    fitting=st.sampled_from([(), FITTING, FITTING[:1], FITTING[:3]]),
)
def test_tiles_lie_where_python_puts_them(twin, name, overlap, height, width, fitting):
    recipe = PRESETS[name]
    if overlap is not None and recipe.merge == "blend":
        recipe = recipe.changed(overlap=overlap)
    try:
        plan = plan_for(recipe, height, width, SIZES, fitting)
    except RecipeError:
        with pytest.raises(ValueError, match=r"tianchi-fft2|times over"):
            tiles_of(twin, recipe, height, width, fitting)
        return

    assert tiles_of(twin, recipe, height, width, fitting) == [
        [tile.top, tile.left, tile.height, tile.width] for tile in plan.tiles
    ]


@pytest.mark.parametrize("name", ["flat", "pyramid", "gaussian"])
@pytest.mark.parametrize("size", [8, 64, 384])
def test_windows_weigh_as_in_python(twin, name, size):
    weights = twin({"window": name, "height": size, "width": size})

    difference = np.abs(np.float32(weights).reshape(size, size) - window(name, size)).max()
    assert difference <= (6e-8 if name == "gaussian" else 0)  # exp() may differ in its last bit


@st.composite
def probabilities(draw):
    """Smooth maps, whose regions are blobs, and rough ones, whose regions are lace."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    height, width = draw(st.tuples(st.integers(1, 80), st.integers(1, 80)))
    blur = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    smooth = cv2.blur(random.random((height, width), np.float32), blur)
    spread = smooth - smooth.min()
    levels = draw(st.sampled_from([4, 1000]))  # few levels: pixels that just reach a threshold
    return np.round(spread / max(float(spread.max()), 1e-6) * levels).astype(np.float32) / levels


@settings(max_examples=count(100, 400))
@given(
    probability=probabilities(),
    threshold=st.sampled_from([0.25, 0.5, 0.6, 0.75]),
    high_threshold=st.sampled_from([None, 0.3, 0.75, 0.9]),
    high_area=st.sampled_from([1, 2, 5, 20, 100, 1000]),
)
def test_mask_regions_and_score_are_those_of_python(
    twin, probability, threshold, high_threshold, high_area
):
    decision = {
        "threshold": threshold,
        "high_threshold": high_threshold,
        "high_area": high_area,
    }
    found = twin({"regions": probability.tolist(), **decision})

    mask = forged_mask(probability, **decision)
    assert np.array_equal(np.reshape(found["mask"], mask.shape), mask)
    assert found["raw_score"] == image_score(probability)
    assert found["regions"] == [
        [[list(point) for point in one.polygon], list(one.box), one.area, one.mean_probability]
        for one in find_regions(mask, probability)
    ]
