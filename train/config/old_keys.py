"""Keys that configs had under other names: files of earlier runs still open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OLD_KEYS = {
    "optimiser": "optimizer",
    "peak": "learning_rate",
    "distil": "distill",
    "centred_from": "centered_from",
    "centred_to": "centered_to",
    "untouched_share": "authentic_share",
}
"""Old name → name, in whatever section it stands."""

_OLD_FOLDER, _FOLDER = "train/recipes/", "train/configs/"


def renewed(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested tables with today's names, and with the folder of the lists that come along.

    Raises:
        ValueError: If a table holds a key by both its names.

    Example:
        >>> renewed({"optimiser": {"peak": 0.001}})
        {'optimizer': {'learning_rate': 0.001}}
    """
    result: dict[str, Any] = {}
    for key, value in table.items():
        name = OLD_KEYS.get(key, key)
        if name in result:
            raise ValueError(f"{name} must be named once, but stands there as {key!r} as well")
        result[name] = _renewed_value(value)
    return result


def renewed_key(key: str) -> str:
    """Return a dotted key with today's names."""
    return ".".join(OLD_KEYS.get(part, part) for part in key.split("."))


def _renewed_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return renewed(value)
    if isinstance(value, (list, tuple)):
        return [_renewed_value(one) for one in value]
    if isinstance(value, str) and value.startswith(_OLD_FOLDER):
        return _FOLDER + value.removeprefix(_OLD_FOLDER)
    return value
