"""Where on a user's pages int8 is judged: where the network finds something.

Half of the images give the ranges of int8, the others judge it. A page on which nothing is found
cannot show a flipped decision, so tiles are cut around what is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from export.number_formats.calibration import CalibrationSet, calibration_tiles, of_tiles
from export.number_formats.switched import Probability
from export.parity.probes import Pixels

# Enough for ranges and verdicts; more would only take time.
_MOST_FOR_RANGES = 16
_MOST_JUDGED = 6
# Parts of pages that are looked at to find something, and those that layers are measured on.
_MOST_PARTS = 64
_MEASURED = 8
_SIDE = 256

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Int8Images:
    """The images of a user, divided.

    Attributes:
        ranges: Images that ranges are measured on, each H×W×3 RGB uint8.
        judged: Images that judge, each H×W×3 RGB uint8; other ones, if there are two or more.
    """

    ranges: tuple[Pixels, ...]
    judged: tuple[Pixels, ...]


def divided(images: Sequence[Pixels], sizes: Sequence[int]) -> Int8Images:
    """Take every other image for the ranges, and the others to judge by.

    Args:
        images: Each H×W×3 RGB uint8.
        sizes: Sides of the tiles in pixels.
    """
    # The same halves whatever the sizes: `python -m train fit-int8` trains on the first.
    ranges, judged = (
        [image for image in images[start::2] if min(image.shape[:2]) >= min(sizes)]
        for start in (0, 1)
    )
    return Int8Images(
        tuple(_spread(ranges or judged, _MOST_FOR_RANGES)),
        tuple(_spread(judged or ranges, _MOST_JUDGED)),
    )


@dataclass(frozen=True)
class Part:
    """A square of a page with the answer of the network: `page` counts pages, `found` pixels."""

    page: int
    top: int
    left: int
    tile: Pixels
    found: int


def parts_with_something(
    pages: Sequence[Pixels],
    side: int,
    answer: Callable[[Pixels], Probability],
    threshold: float,
) -> list[Part]:
    """Return squares of the pages in which decisions can flip; empty where nothing is found.

    The best of each page come first, then the second best of each, and so on.

    Args:
        pages: Each H×W×3 RGB uint8.
        side: Of the squares in pixels.
        answer: Gives the map of a tile, 1×S×S×3 to 1×S×S.
        threshold: Probability from which a pixel counts as forged.
    """
    places = [
        (page, top, left)
        for page, image in enumerate(pages)
        for top in range(0, image.shape[0] - side + 1, side)
        for left in range(0, image.shape[1] - side + 1, side)
    ]
    parts = []
    for page, top, left in _spread(places, _MOST_PARTS):
        tile = np.ascontiguousarray(pages[page][None, top : top + side, left : left + side])
        forged = answer(tile) >= threshold
        parts.append(Part(page, top, left, tile, int(min(forged.sum(), (~forged).sum()))))
    found = sorted((part for part in parts if part.found), key=lambda part: -part.found)
    seen = Counter[int]()
    turns = []
    for part in found:
        turns.append((seen[part.page], -part.found, part))
        seen[part.page] += 1
    return [part for *_, part in sorted(turns, key=lambda turn: turn[:2])]


def tiles_to_measure(parts: Sequence[Part]) -> list[Pixels]:
    """Return the tiles that layers are measured on."""
    return [part.tile for part in parts[:_MEASURED]]


def tiles_for_ranges(
    pages: Sequence[Pixels], parts: Sequence[Part], sizes: Sequence[int]
) -> CalibrationSet:
    """Take the middle of each page and what is found on it, at each size.

    What is found drives numbers furthest: without it, ranges would cut off just what decides.

    Args:
        pages: Each H×W×3 RGB uint8.
        parts: With something found, the best of a page before its others.
        sizes: Sides of the tiles in pixels.
    """
    found = tiles_to_judge(pages, parts, sizes)
    middles = calibration_tiles(pages, sizes).tiles
    return of_tiles((*middles, *(tile[None] for tiles in found.values() for tile in tiles)))


def tiles_to_judge(
    pages: Sequence[Pixels], parts: Sequence[Part], sizes: Sequence[int]
) -> dict[int, Pixels]:
    """Cut a tile of each size around what is found on each page that is large enough.

    Args:
        pages: Each H×W×3 RGB uint8.
        parts: With something found, the best of a page before its others; those of further pages
            are passed over.
        sizes: Sides of the tiles in pixels.

    Returns:
        N×S×S×3 RGB uint8 by size; sizes for which no page is large enough are not there.
    """
    best: dict[int, Part] = {}
    for part in parts:
        if part.page < len(pages):
            best.setdefault(part.page, part)
    cut: dict[int, list[Pixels]] = {}
    for page, part in sorted(best.items()):
        image, half = pages[page], part.tile.shape[1] // 2
        for size in sizes:
            if min(image.shape[:2]) >= size:
                top = _within(part.top + half - size // 2, image.shape[0] - size)
                left = _within(part.left + half - size // 2, image.shape[1] - size)
                cut.setdefault(size, []).append(image[top : top + size, left : left + size])
    return {size: np.stack(tiles) for size, tiles in cut.items()}


def side_of_parts(sizes: Sequence[int]) -> int:
    """Return the side of the squares that are looked at, for a bundle of these tile sizes."""
    return min(_SIDE, *sizes)


def _within(start: int, most: int) -> int:
    return min(max(start, 0), most)


def _spread(things: Sequence[Thing], most: int) -> list[Thing]:
    step = max(1, -(-len(things) // most))
    return list(things[::step])
