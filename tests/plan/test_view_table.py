import numpy as np
import pytest

from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.plan.tta import apply, undo
from forensics_rt.plan.view_table import (
    FLIP_COLUMNS,
    FLIP_ROWS,
    TRANSPOSE,
    TURN,
    Box,
    tile_box,
    view_table,
)
from forensics_rt.recipe import D4


def read_by(code, array):
    """Read every pixel of the turned array from where its code says it is."""
    size = len(array)
    row, column = np.indices(array.shape)
    if code & TRANSPOSE:
        row, column = column, row
    if code & FLIP_ROWS:
        row = size - 1 - row
    if code & FLIP_COLUMNS:
        column = size - 1 - column
    return array[row, column]


@pytest.mark.parametrize("symmetry", D4)
def test_the_codes_turn_and_turn_back(symmetry):
    tile = np.arange(49).reshape(7, 7)
    ((top, left, code, back),) = view_table([View(Tile(8, 16, 7, 7), symmetry)])

    assert (top, left) == (8, 16)
    assert np.array_equal(read_by(code, tile), apply(symmetry, tile))
    assert np.array_equal(read_by(back, tile), undo(symmetry, tile))


def test_every_symmetry_has_a_code_of_its_own():
    assert sorted(TURN[symmetry] for symmetry in D4) == list(range(8))


def test_a_table_of_no_views_has_four_columns():
    assert view_table([]).shape == (0, 4)


def test_the_box_ends_at_the_image():
    plan = Plan(100, 70, 64, (Tile(0, 0, 64, 64), Tile(40, 8, 64, 64)))

    assert tile_box(plan.tiles, plan) == Box(0, 0, 100, 70)
    assert tile_box(plan.tiles[:1], plan) == Box(0, 0, 64, 64)
