import numpy as np
import pytest

from forensics_rt.plan.gather import turn
from forensics_rt.plan.tta import INVERSE, apply, undo
from forensics_rt.recipe import D4

RANDOM = np.random.default_rng(0)
SQUARES = {
    "tile": RANDOM.integers(0, 256, (32, 32, 3), dtype=np.uint8),
    "cut of an image": RANDOM.integers(0, 256, (70, 90, 3), dtype=np.uint8)[8:40, 16:48],
    "answer": RANDOM.random((24, 24), np.float32),
    "pixel": np.ones((1, 1), np.float32),
}


@pytest.mark.parametrize("name", D4)
@pytest.mark.parametrize("kind", SQUARES)
def test_it_moves_pixels_as_the_view_does(name, kind):
    square = SQUARES[kind]
    out = np.zeros(square.shape, square.dtype)

    assert np.array_equal(turn(name, square), apply(name, square))
    assert turn(name, square, out) is out and np.array_equal(out, apply(name, square))
    assert np.array_equal(turn(INVERSE[name], square), undo(name, square))


@pytest.mark.parametrize("name", D4)
def test_it_turns_rectangles(name):
    tile = RANDOM.integers(0, 256, (16, 40, 3), dtype=np.uint8)
    expected = apply(name, tile)
    out = np.zeros(expected.shape, np.uint8)

    assert turn(name, tile, out) is out and np.array_equal(out, expected)
    assert np.array_equal(turn(INVERSE[name], out), tile)


@pytest.mark.parametrize("name", D4)
def test_it_writes_into_a_place_of_a_batch(name):
    batch = np.zeros((3, 32, 32, 3), np.uint8)

    turn(name, SQUARES["tile"], batch[1])

    assert np.array_equal(batch[1], apply(name, SQUARES["tile"]))
    assert not batch[0].any() and not batch[2].any()
