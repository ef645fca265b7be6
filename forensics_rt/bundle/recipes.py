"""Finding the recipe that is asked for: by name, or in a TOML file of one's own."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from forensics_rt.errors import RecipeError
from forensics_rt.recipe import PRESETS, Recipe, parse_tta

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser, under its name before it joined the standard library
    import tomli as tomllib

_SUFFIX = ".toml"
_TTA = "tta"


def find_recipe(recipe: str | Path | Recipe, of_bundle: Mapping[str, Recipe]) -> Recipe:
    """Resolve a recipe by name; those of the bundle come before the presets.

    Args:
        recipe: A name, a TOML file (a path, or a text that ends in `.toml`), or a recipe, which
            is returned as it is.
        of_bundle: The recipes that the bundle carries, by name.

    Raises:
        RecipeError: If no recipe has that name; the message lists those that exist. If the file
            cannot be read, see `read_recipe`.
    """
    if isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, Path) or (isinstance(recipe, str) and recipe.endswith(_SUFFIX)):
        return read_recipe(Path(recipe))
    known = {**PRESETS, **of_bundle}
    if not isinstance(recipe, str) or recipe not in known:
        raise RecipeError(
            f"no recipe named {recipe!r}; there are: {', '.join(sorted(known))}, and files that "
            f"end in {_SUFFIX}"
        )
    return known[recipe]


def read_recipe(path: Path) -> Recipe:
    """Read a recipe from a TOML file.

    Its keys are the fields of `Recipe`; what it leaves out keeps its default. Without `name` the
    recipe is called like the file. `tta` may be a list of names or one of `TTA_SETS`.

    Raises:
        RecipeError: If the file cannot be read or is not TOML; if a key is unknown or its value
            is wrong: the message names each such key, what was found, and what was expected.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "careful.toml")
        ...     _ = file.write_text('tta = "flips"')
        ...     read_recipe(file).tta
        ('identity', 'flip_left_right', 'flip_up_down', 'rotate180')
    """
    try:
        table = {"name": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))}
        json.dumps(table, default=str)  # as below, where a number may be too long to be written
    except OSError as error:
        raise RecipeError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # of TOML, of UTF-8, or of nesting without end
        raise RecipeError(f"{path}: must be TOML, but {error}") from error
    try:
        if isinstance(table.get(_TTA), str):
            table[_TTA] = parse_tta(table[_TTA])
        # As JSON, where lists are tuples even if nothing else is converted.
        return TypeAdapter(Recipe).validate_json(json.dumps(table, default=str), strict=True)
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from error
    except ValidationError as error:
        lines = [_in_words(line) for line in error.errors(include_url=False)]
        raise RecipeError(f"{path}: {'; '.join(lines)}") from error


def _in_words(line: ErrorDetails) -> str:
    key = ".".join(map(str, line["loc"]))
    if line["type"] == "unexpected_keyword_argument":
        names = [field.name for field in fields(Recipe)]
        near = difflib.get_close_matches(key, names, n=1)
        meant = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
        return f"found the key {key!r}, but a recipe has none of that name; {meant}"
    if not key:  # what the recipe itself refused
        return str(line["ctx"]["error"])
    expected = line["msg"].removeprefix("Input should be ")
    return f"{key}: found {json.dumps(line['input'], ensure_ascii=False)}, expected {expected}"
