"""The recipe that a command runs: the one named, with what its options change."""

from __future__ import annotations

import typer

from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.recipes import find_recipe
from forensics_rt.recipe import Recipe, parse_tta


def choose_recipe(
    recipe: str, bundle: Bundle, overlap: int | None, tiles: str | None, tta: str | None
) -> Recipe:
    """Return the recipe that the options ask for.

    Args:
        recipe: `--recipe`: a name, or a TOML file.
        bundle: Whose recipes can be named.
        overlap: `--overlap`; `None` to keep the recipe's, as for the others.
        tiles: `--tiles`.
        tta: `--tta`.

    Raises:
        RecipeError: If there is no such recipe, or it cannot be changed so.
        typer.BadParameter: If `--tiles` is no list of whole numbers.

    Example:
        >>> choose_recipe("fast", Bundle.open(), 64, "512,768", "all").name
        'fast+overlap=64+tiles=512,768+tta=all'
    """
    return find_recipe(recipe, bundle.manifest.recipes).changed(
        overlap=overlap,
        tiles=None if tiles is None else _sides(tiles),
        tta=None if tta is None else parse_tta(tta),
    )


def _sides(tiles: str) -> list[int]:
    try:
        return sorted({int(side) for side in tiles.split(",")})
    except ValueError:
        raise typer.BadParameter(
            f"must be whole numbers separated by commas, but is {tiles!r}", param_hint="--tiles"
        ) from None
