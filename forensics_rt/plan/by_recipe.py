"""What a recipe asks for: which tiles, and how their answers are merged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from forensics_rt.plan.blend import BlendMerger
from forensics_rt.plan.merge import Merger
from forensics_rt.plan.tianchi_fft2 import OverwriteMerger, plan_original_tiles
from forensics_rt.plan.tiling import Plan, plan_rectangles, plan_tiles
from forensics_rt.recipe import Recipe


@lru_cache(maxsize=16)  # pages of one scanner are of one size
def plan_for(
    recipe: Recipe, height: int, width: int, sizes: tuple[int, ...], sides: tuple[int, ...] = ()
) -> Plan:
    """Return the tiles of an image under a recipe.

    Args:
        recipe: The recipe.
        height: Of the image in pixels.
        width: Of the image in pixels.
        sizes: Sides of the square tiles that the bundle offers; those that the recipe names come
            before them.
        sides: Heights and widths for tiles that fit the page, where networks and backend take
            rectangles; used where the recipe names no sizes.

    Raises:
        RecipeError: If the recipe cannot take an image of this size.

    Example:
        >>> len(plan_for(Recipe("any"), 100, 100, (64,)).tiles)
        4
    """
    squares = recipe.tile_sizes or sizes
    if recipe.merge == "tianchi-fft2":
        return plan_original_tiles(height, width, squares)
    if sides and recipe.tile_sizes is None:
        return plan_rectangles(height, width, sides, recipe.overlap)
    return plan_tiles(height, width, squares, recipe.overlap)


def merger_for(recipe: Recipe, plan: Plan, weights: Sequence[float]) -> Merger:
    """Return what collects the answers for one image under a recipe.

    Args:
        recipe: The recipe.
        plan: The tiles.
        weights: Of the members that vote.
    """
    if recipe.merge == "tianchi-fft2":
        return OverwriteMerger(plan, len(weights), recipe.tta)
    return BlendMerger(plan, recipe.window, tuple(weights), len(recipe.tta))
