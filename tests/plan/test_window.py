import numpy as np
import pytest

from forensics_rt.plan.tta import apply
from forensics_rt.plan.window import FLOOR, window
from forensics_rt.recipe import D4

NAMES = ("flat", "pyramid", "gaussian")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [8, 32, 384, 1024])
def test_weights_are_above_zero_and_at_most_one(name, size):
    weights = window(name, size)

    assert weights.shape == (size, size) and weights.dtype == np.float32
    assert weights.min() >= np.float32(FLOOR**2)
    assert weights.max() == 1.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("symmetry", D4)
def test_weights_are_the_same_under_every_symmetry(name, symmetry):
    assert np.allclose(apply(symmetry, window(name, 64)), window(name, 64), rtol=1e-6)


def test_pyramid_and_gaussian_fall_towards_the_edge():
    for name in ("pyramid", "gaussian"):
        row = window(name, 64)[32]
        assert (np.diff(row[32:]) <= 0).all() and row[63] < row[32]


@pytest.mark.parametrize("name", NAMES)
def test_a_rectangle_has_along_each_axis_the_weights_of_a_square(name):
    weights = window(name, 32, 64)
    assert weights.shape == (32, 64)
    scale = window(name, 64)[32].max() * window(name, 32)[16].max()
    product = np.outer(window(name, 32)[:, 16], window(name, 64)[32])
    assert np.allclose(weights, product / scale * weights.max(), rtol=1e-5)
    assert np.array_equal(window(name, 64, 32), weights.T)


def test_a_window_is_shared_and_cannot_be_changed():
    assert window("flat", 16) is window("flat", 16)
    with pytest.raises(ValueError, match="read-only"):
        window("flat", 16)[0, 0] = 2
