"""TOML into frozen dataclasses: every name and every type is checked, nothing is ignored."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser, under its name before it joined the standard library
    import tomli as tomllib  # type: ignore[import-not-found]

from train.config.fit import SECTIONS

_T = TypeVar("_T")
_SCALARS = (bool, int, float, str)


def read_config(path: Path, kind: type[_T], changes: Sequence[str] = ()) -> _T:
    """Read a configuration.

    Args:
        path: TOML file; sections are named like the fields of `kind`. Those of other commands are
            ignored, so that one file serves several.
        kind: A dataclass, such as `FitConfig`.
        changes: Values that replace those of the file, as `section.name=value`, or with the
            number of an entry as `stages.0.batch=16`; a value that is no TOML is taken for a
            text.

    Returns:
        An instance; what the file leaves out keeps its default.

    Raises:
        ValueError: If a section does not exist, or holds a name that does not exist or a value of
            another type.
        FileNotFoundError: If there is no such file.

    Example:
        >>> read_config(Path("run.toml"), FitConfig, ["run.steps=50"])  # doctest: +SKIP
    """
    table = _parse(path)
    for section in table:
        _check_section(section, str(path))
    for change in changes:
        _apply(table, change)
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    return build(kind, {k: v for k, v in table.items() if k in known})


def build(kind: type[_T], table: Mapping[str, Any], where: str = "") -> _T:
    """Make a dataclass of nested tables; lists become tuples.

    Args:
        kind: The dataclass.
        table: Its fields by name.
        where: What stands before the names in messages, such as `run.`.

    Raises:
        ValueError: If the table holds a name that the dataclass lacks, lacks one that it needs,
            or holds a value of another type.
    """
    hints = get_type_hints(kind)
    unknown = set(table) - set(hints)
    if unknown:
        raise ValueError(
            f"{kind.__name__} must hold {sorted(hints)}, but got {sorted(unknown)} as well"
        )
    values = {name: _value(where + name, hints[name], value) for name, value in table.items()}
    try:
        return kind(**values)
    except TypeError as error:  # a field without a default is missing
        raise ValueError(f"{where.rstrip('.') or 'the file'} is not complete: {error}") from error


def _value(name: str, hint: Any, value: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (option for option in get_args(hint) if option is not NoneType)
    if is_dataclass(hint) and isinstance(value, dict):
        return build(hint, value, name + ".")  # type: ignore[arg-type]
    if get_origin(hint) is tuple and isinstance(value, list):
        inner = get_args(hint)[0]
        return tuple(_value(f"{name}[{i}]", inner, item) for i, item in enumerate(value))
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
        words = ", ".join(map(str, get_args(hint)))
        raise ValueError(f"{name} must be one of {words}, but is {value!r}")
    if hint is float and type(value) is int:
        return float(value)
    if hint in _SCALARS and type(value) is hint:
        return value
    wanted = getattr(hint, "__name__", str(hint)) if hint in _SCALARS else "a table or a list"
    raise ValueError(f"{name} must be {wanted}, but is {value!r}")


def _apply(table: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    *sections, name = key.strip().split(".")
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
        near = difflib.get_close_matches(name, SECTIONS, n=1)
        meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(SECTIONS)}"
        raise ValueError(f"{where} must name sections that exist, but {name!r} is none; {meant}")


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} must be TOML, but {error}") from error
