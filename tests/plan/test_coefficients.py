"""Coefficients are cut in whole blocks, beside the pixels of the same tiles."""

from __future__ import annotations

import numpy as np
import pytest

from forensics_rt.plan.coefficients import blank_coefficients, gather_coefficients
from forensics_rt.plan.schedule import Batch, View, schedule
from forensics_rt.plan.tiling import Tile, plan_rectangles, plan_tiles

DCT = np.random.default_rng(0).integers(-20, 21, (104, 96)).astype(np.int16)
TABLE = np.arange(1, 65, dtype=np.uint16).reshape(8, 8)


@pytest.mark.parametrize("plan", [plan_tiles, plan_rectangles])
def test_every_tile_has_the_blocks_of_its_place_and_zeros_beyond(plan) -> None:
    tiles = plan(100, 93, (32, 64), 8)
    for batch in schedule(tiles, ("identity",), [0], 3):
        cut = gather_coefficients(DCT, TABLE, batch)
        for place, view in enumerate(batch.views):
            tile = view.tile
            padded = np.zeros((tile.height, tile.width))
            inside = DCT[tile.top :, tile.left :][: tile.height, : tile.width]
            padded[: inside.shape[0], : inside.shape[1]] = inside
            assert np.array_equal(cut.dct[place], padded)
            assert np.array_equal(cut.quantization[place], TABLE)
        assert cut.dct.dtype == cut.quantization.dtype == np.int32


@pytest.mark.parametrize(
    "view", [View(Tile(4, 0, 32, 32), "identity"), View(Tile(0, 0, 32, 32), "flip_left_right")]
)
def test_a_tile_inside_a_block_or_turned_is_refused(view: View) -> None:
    with pytest.raises(ValueError, match="whole blocks and never turned"):
        gather_coefficients(DCT, TABLE, Batch(0, (view,)))


def test_a_part_of_a_batch_is_that_of_its_tiles() -> None:
    whole = blank_coefficients((3, 8, 16))
    assert whole.part(1, 3).dct.shape == (2, 8, 16)
    assert whole.part(1, 3).feeds().keys() == {"dct", "quantization"}
