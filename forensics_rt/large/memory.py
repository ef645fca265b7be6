"""How much memory a large image will take, before any of it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forensics_rt.errors import RecipeError, TooLittleMemory
from forensics_rt.large.coefficients import KEPT_BYTES
from forensics_rt.large.components import BYTES_PER_PART
from forensics_rt.large.outline import LARGEST_CROP
from forensics_rt.plan.bands import plan_bands
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe

READING = "reading"
# Enough to keep the engine at work while a band is finished and written.
BATCHES_AHEAD = 3
_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
_BINARY_UNITS = {"KI": 1024, "MI": 1024**2, "GI": 1024**3, "TI": 1024**4}
_PIXELS_AT_ONCE = 1 << 20
_BYTES_PER_FINISHED_PIXEL = 72  # weights, quotients, variance, mask, labels, encoded rows
_COPY_PER_BYTE = 5  # turned colors, the JPEG twice, its samples, and coefficients twice
_FEWEST_PARTS = 100_000
_TILE_ROWS_WRITTEN = 256
_ALLOCATOR = 48_000_000


@dataclass(frozen=True)
class MemoryNeed:
    """The most memory that a run is predicted to take, by what takes it.

    Attributes:
        parts: Bytes by purpose.
    """

    parts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of it, in bytes."""
        return sum(self.parts.values())

    @property
    def largest(self) -> str:
        """What takes the most, besides program and engine."""
        return max((name for name in self.parts if name != "program"), key=self.parts.__getitem__)


def parse_bytes(text: str | int) -> int:
    """Read an amount of memory: a number of bytes, or a text with a unit.

    `GB` is 10⁹ bytes and `GiB` 2³⁰; M, K and T go the same way.

    Raises:
        TooLittleMemory: If it is no such amount, or not above zero.

    Example:
        >>> parse_bytes("1.5GB"), parse_bytes("2 GiB")
        (1500000000, 2147483648)
    """
    found = re.fullmatch(r"\s*(\d{1,30}(?:\.\d+)?)\s*([KMGT]I?)?B?\s*", str(text).upper())
    amount = int(float(found[1]) * (_UNITS | _BINARY_UNITS)[found[2] or ""]) if found else 0
    if amount <= 0:
        raise TooLittleMemory(f"memory must be an amount such as 1.5GB or 800MB, but is {text!r}")
    return amount


def rows_at_once(width: int) -> int:
    """Return how many rows of a map are finished together: about a million pixels, 16 or more."""
    return max(16, _PIXELS_AT_ONCE // width)


def predict(
    plan: Plan,
    recipe: Recipe,
    members: int,
    batch: int,
    reading: int,
    resident: int,
    coefficients: int | None = None,
) -> MemoryNeed:
    """Add up what the steps of a run hold at once.

    Args:
        plan: The tiles of the image.
        recipe: Fitted to the bundle.
        members: How many vote.
        batch: Views in one engine call.
        reading: What the decoder holds, see `FileRows.working_bytes`.
        resident: What the program holds already, its engine included.
        coefficients: What is held while they are read, see `large.coefficients.peak_bytes`.
    """
    tile = _largest_tile(plan)
    window = max(band.needs.count for band in plan_bands(plan)) * plan.width * 3
    several = members * len(recipe.tta) > 1
    finished = rows_at_once(plan.width) * plan.width * _BYTES_PER_FINISHED_PIXEL
    held = {
        "window": window,
        "batch": batch * tile * (3 + 3 * 4 + BATCHES_AHEAD * (3 + 4)) + tile * 3 * 4,
        "merging": _merging(plan, recipe, members, several),
        "finishing": finished,
        READING: reading,
        "writing": _TILE_ROWS_WRITTEN * plan.width * 4 * 4,
        "regions": min(plan.height * plan.width, LARGEST_CROP) * 4 + _FEWEST_PARTS * BYTES_PER_PART,
    }
    if coefficients is not None:
        tiles = batch * tile * 4 * (1 + BATCHES_AHEAD)
        # A JPEG's own are read before all the rest is there.
        own = max(coefficients - sum(held.values()), plan.height * plan.width * KEPT_BYTES)
        held["coefficients"] = tiles + (own if coefficients else window * _COPY_PER_BYTE)
    # Freed blocks do not all go back to the system.
    reserve = sum(held.values()) // 10 + _ALLOCATOR
    return MemoryNeed({"program": resident, **held, "reserve": reserve})


def most_parts(need: MemoryNeed, limit: int) -> int:
    """Return how many parts a mask may fall into with what the limit leaves."""
    return _FEWEST_PARTS + max(limit - need.total, 0) // BYTES_PER_PART


def require_memory(
    name: str, need: MemoryNeed, limit: int, smaller: Callable[[], tuple[str, MemoryNeed]]
) -> None:
    """Refuse an image that will not fit, and say what would help.

    Args:
        name: Of the image.
        need: What it takes.
        limit: What there is, in bytes.
        smaller: Gives the name of a recipe that takes the least, and what it takes.

    Raises:
        TooLittleMemory: If it needs more than the limit.
    """
    if need.total <= limit:
        return
    largest = need.largest
    advice = [f"give it more with `memory='{_gigabytes(need.total)}'`"]
    if largest == READING:
        advice.append(
            "save it as a tiled TIFF, whose rows can be read alone: "
            "vips tiffsave IN OUT.tif --tile --bigtiff --compression deflate"
        )
    else:
        try:
            called, lesser = smaller()
        except RecipeError:  # no smaller tile takes an image of this size
            called, lesser = "", need
        if lesser.total < need.total:
            fits = "would fit" if lesser.total <= limit else "is still too much"
            advice.append(f"{called} needs {_gigabytes(lesser.total)}, which {fits}")
    program = need.parts["program"]
    raise TooLittleMemory(
        f"{name}: needs about {_gigabytes(need.total)}, of it {_gigabytes(program)} for program "
        f"and engine and {_gigabytes(need.parts[largest])} for {largest}, but may take "
        f"{_gigabytes(limit)}; {'; or '.join(advice)}"
    )


def _merging(plan: Plan, recipe: Recipe, members: int, several: bool) -> int:
    bands = plan_bands(plan)
    finishes = max(band.finishes.count for band in bands) * plan.width
    columns = max(len(band.tiles) for band in bands)
    answers = members * len(set(recipe.tta))
    if recipe.merge == "tianchi-fft2":
        maps = finishes * 4 * 2
        return maps + _largest_tile(plan) * (columns * answers + 8 * (3 * answers + 4))
    shared = max(
        min(band.tiles[0].top + band.tiles[0].height, plan.height) - band.finishes.bottom
        for band in bands
    )
    across = max(sum(tile.width for tile in band.tiles) for band in bands)
    kept = answers * across * shared * 4
    return finishes * 4 * (2 if several else 1) + kept


def _largest_tile(plan: Plan) -> int:
    return max(tile.height * tile.width for tile in plan.tiles)


def _gigabytes(amount: int) -> str:
    # Rounded up, so that what is advised is enough.
    return f"{-(-amount // 10**7) / 100:.2f}GB"
