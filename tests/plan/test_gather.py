import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics_rt.plan.gather import gather, reflect
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Tile
from forensics_rt.plan.tta import apply
from forensics_rt.recipe import D4


@given(st.integers(0, 100), st.integers(1, 200), st.integers(1, 100))
def test_reflection_is_that_of_numpy(start, count, length):
    start = min(start, length - 1)
    padded = np.pad(np.arange(length), (0, start + count), mode="reflect")

    assert reflect(start, count, length).tolist() == padded[start : start + count].tolist()


@pytest.mark.parametrize("symmetry", D4)
def test_an_inner_tile_is_a_turned_cut(symmetry):
    image = np.random.default_rng(0).integers(0, 256, (80, 100, 3), dtype=np.uint8)
    out = np.empty((32, 32, 3), np.uint8)

    gather(image, Tile(16, 40, 32, 32), symmetry, out)

    assert np.array_equal(out, apply(symmetry, image[16:48, 40:72]))


def test_beyond_the_edge_the_image_is_mirrored():
    image = np.arange(20 * 20 * 3, dtype=np.uint8).reshape(20, 20, 3)
    out = np.empty((32, 32, 3), np.uint8)

    gather(image, Tile(0, 0, 32, 32), "identity", out)

    assert np.array_equal(out, np.pad(image, ((0, 12), (0, 12), (0, 0)), mode="reflect"))


@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.integers(0, 69),
    st.integers(0, 69),
    st.sampled_from(D4),
)
def test_every_margin_is_mirrored_at_the_edge_of_the_image(height, width, top, left, symmetry):
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    tile = Tile(min(top, height - 1), min(left, width - 1), 24, 40)
    out = np.empty((*View(tile, symmetry).shape, 3), np.uint8)

    gather(image, tile, symmetry, out)

    rows, columns = reflect(tile.top, 24, height), reflect(tile.left, 40, width)
    assert np.array_equal(out, apply(symmetry, image[rows[:, None], columns[None, :]]))
