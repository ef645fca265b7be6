"""From a TOML file to a config: pydantic checks every name, type and range."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser, under its name before it joined the standard library
    import tomli as tomllib

from train.config.fit import SECTIONS
from train.config.old_keys import renewed, renewed_key

_T = TypeVar("_T")


def read_config(path: Path, kind: type[_T], changes: Sequence[str] = ()) -> _T:
    """Read a config.

    Args:
        path: TOML file; sections are named like the fields of `kind`. Those of other commands are
            ignored, so that one file serves several. Keys of earlier versions are understood.
        kind: A dataclass, such as `FitConfig`.
        changes: Values that replace those of the file, as `section.name=value`, or with the
            number of an entry as `stages.0.batch=16`; a value that is no TOML is taken for a
            text.

    Returns:
        An instance; what the file leaves out keeps its default.

    Raises:
        ValueError: If a section does not exist, or holds a name that does not exist or a value of
            another type or outside its range; every such key is named.
        FileNotFoundError: If there is no such file.

    Example:
        >>> read_config(Path("run.toml"), FitConfig, ["run.steps=50"])  # doctest: +SKIP
    """
    table = _parse(path)
    for section in table:
        _check_section(section, str(path))
    for change in changes:
        _apply(table, change)
    known = _names(kind)
    return build_config(kind, {name: section for name, section in table.items() if name in known})


def build_config(kind: type[_T], table: Mapping[str, Any]) -> _T:
    """Make a config of nested tables, such as the record of a run's config.

    Args:
        kind: A dataclass, such as `FitConfig`.
        table: Its fields by name; a list becomes a tuple.

    Raises:
        ValueError: As `read_config`, one line for each key that is wrong.
    """
    try:
        # As JSON, because only there a list is a tuple to a strict validator.
        return TypeAdapter(kind).validate_json(json.dumps(renewed(table), default=str))
    except ValidationError as error:
        lines = [_explain(kind, one) for one in error.errors(include_url=False)]
        raise ValueError("\n".join(lines)) from error


def _explain(kind: type[Any], error: ErrorDetails) -> str:
    """Say which key is wrong, what was expected and what was found."""
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    key = key.lstrip(".")
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "unexpected_keyword_argument":
        return f"{key} is unknown{_meant(str(error['loc'][-1]), _siblings(kind, error['loc']))}"
    expected = error["msg"].replace("Input should be", "must be", 1)
    return f"{key} {expected}, but is {error['input']!r}"


def _siblings(kind: type[Any], place: Sequence[int | str]) -> list[str]:
    """Return the names that a table may hold, found by the place of one that it may not."""
    schema = TypeAdapter(kind).json_schema()
    node = schema
    for part in place[:-1]:
        node = node["items"] if isinstance(part, int) else node["properties"][part]
        # Of a table that may be left out, what it is when it is there.
        node = next((one for one in node.get("anyOf", ()) if "$ref" in one), node)
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return list(node["properties"])


def _names(kind: type[Any]) -> set[str]:
    if not is_dataclass(kind):
        raise TypeError(f"a config must be a dataclass, but is {kind!r}")
    return {field.name for field in fields(kind)}


def _apply(table: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    *sections, name = renewed_key(key.strip()).split(".")
    if not equals or not sections:
        raise ValueError(f"a change must be section.name=value, but is {change!r}")
    _check_section(sections[0], change)
    place: Any = table
    for section in sections:
        if isinstance(place, dict):
            place = place.setdefault(section, {})
        elif isinstance(place, list) and section.isdecimal() and int(section) < len(place):
            place = place[int(section)]
        else:
            raise ValueError(f"{change!r} must name a section, but {section} is none")
    if not isinstance(place, dict):
        raise ValueError(f"{change!r} must name a field of a section, but {name} is none")
    try:
        place[name] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        place[name] = text


def _check_section(name: str, where: str) -> None:
    if name not in SECTIONS:
        raise ValueError(
            f"{where} must name sections that exist, but {name!r} is none{_meant(name, SECTIONS)}"
        )


def _meant(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"


def _parse(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} must be TOML, but {error}") from error
    return renewed(table)
