"""int8 is judged where something is found, and not on the images that gave its ranges."""

from __future__ import annotations

import numpy as np

from export.number_formats.pages import (
    divided,
    parts_with_something,
    tiles_for_ranges,
    tiles_to_judge,
    tiles_to_measure,
)


def page(level: int, *spots: tuple[int, int], side: int = 128) -> np.ndarray:
    """A gray page with white squares of 8 pixels."""
    pixels = np.full((side, side, 3), level, np.uint8)
    for top, left in spots:
        pixels[top : top + 8, left : left + 8] = 255
    return pixels


def white(tile: np.ndarray) -> np.ndarray:
    """The map of a network that finds white."""
    return tile[..., 0].astype(np.float32) / 255


def test_every_other_image_judges() -> None:
    images = [page(level) for level in (10, 20, 30, 40)] + [page(50, side=32)]
    parts = divided(images, (64, 96))

    assert [int(image[0, 0, 0]) for image in parts.ranges] == [10, 30]
    assert [int(image[0, 0, 0]) for image in parts.judged] == [20, 40]


def test_a_single_image_does_both() -> None:
    parts = divided([page(10)], (64,))

    assert len(parts.ranges) == len(parts.judged) == 1


def test_the_best_part_of_each_page_comes_first() -> None:
    pages = [page(0, (10, 10), (30, 30), (70, 70)), page(0), page(0, (100, 20))]
    found = parts_with_something(pages, 64, white, 0.5)

    assert [(part.page, part.top, part.left, part.found) for part in found] == [
        (0, 0, 0, 128), (2, 64, 0, 64), (0, 64, 64, 64)
    ]  # fmt: skip
    assert [tile.shape for tile in tiles_to_measure(found)] == [(1, 64, 64, 3)] * 3


def test_where_nothing_is_found_no_part_is_of_use() -> None:
    assert parts_with_something([page(0), page(9)], 64, white, 0.5) == []


def test_ranges_are_those_of_the_middle_and_of_what_is_found() -> None:
    """The middle of a page alone would cut off the numbers that decide."""
    pages = [page(0, (118, 2)), page(7)]
    parts = parts_with_something(pages, 32, white, 0.5)
    tiles = tiles_for_ranges(pages, parts, (64,)).tiles

    assert [int(tile.max()) for tile in tiles] == [0, 7, 255]


def test_tiles_lie_around_what_is_found_and_inside_the_page() -> None:
    pages = [page(0, (120, 0)), page(0, (40, 40), side=96)]
    further = page(0, (0, 0))
    parts = parts_with_something([*pages, further], 32, white, 0.5)
    tiles = tiles_to_judge(pages, parts, (64, 128, 256))

    assert {size: len(found) for size, found in tiles.items()} == {64: 2, 128: 1}
    assert all((tile == 255).any() for found in tiles.values() for tile in found)
