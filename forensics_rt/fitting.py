"""Fitting a recipe to a bundle: every `None` is resolved here, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from forensics_rt.errors import RecipeError
from forensics_rt.manifest import Manifest
from forensics_rt.plan.tiling import JPEG_BLOCK
from forensics_rt.recipe import Recipe


def fit_recipe(recipe: Recipe, manifest: Manifest) -> Recipe:
    """Fill in the tile sizes and members that a recipe leaves to the bundle.

    Raises:
        RecipeError: If the recipe wants what the bundle does not have.
    """
    sizes = recipe.tile_sizes or manifest.tile_sizes
    unknown = sorted(set(sizes) - set(manifest.tile_sizes))
    if unknown:
        raise RecipeError(
            f"recipe {recipe.name!r} wants tiles of {unknown}, bundle {manifest.name!r} has "
            f"{list(manifest.tile_sizes)}; build it with --tiles {' '.join(map(str, sizes))}"
        )
    if recipe.overlap > min(sizes) - JPEG_BLOCK:
        raise RecipeError(
            f"recipe {recipe.name!r} wants an overlap of {recipe.overlap}, at most "
            f"{min(sizes) - JPEG_BLOCK} is possible with tiles of {min(sizes)}"
        )
    members = recipe.members or len(manifest.members)
    if members > len(manifest.members):
        raise RecipeError(
            f"recipe {recipe.name!r} wants {members} members, bundle {manifest.name!r} has "
            f"{len(manifest.members)}"
        )
    return replace(recipe, tile_sizes=sizes, members=members)


def choose_threshold(asked_for: float | None, recipe: Recipe, manifest: Manifest) -> float:
    """Return the caller's threshold, or else the recipe's, or else the bundle's.

    Raises:
        RecipeError: If the caller's does not lie between 0 and 1.
    """
    if asked_for is not None:
        recipe.with_threshold(asked_for)  # refuses what is not between 0 and 1
        return asked_for
    if recipe.threshold is not None:
        return recipe.threshold
    return manifest.thresholds["pixel"]
