"""Changes JSON as JSON: bytes changed anywhere would hardly get past its parser."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

Mutate = Callable[[bytes, int], bytes]

_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 1 << 31, 1 << 63, 1 << 70, 10**400, 0.0, -0.0, 0.5, 1e308),
    *(5e-324, float("nan"), float("inf"), "", "0", "a" * 300, "\u202e", "\ud800", "../x", "é\0"),
    *([], {}, [[]], [{}], {"": None}, [0] * 300),
)
_ONE_IN = 4


def mutate_json(data: bytes, most: int, seed: int, otherwise: Mutate) -> bytes:
    """Return another input.

    Args:
        data: The input; where it is no JSON, or by chance, its bytes are changed.
        most: Bytes that the new one may have.
        seed: Of the change.
        otherwise: Changes bytes.
    """
    chance = random.Random(seed)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return otherwise(data, most)
    if chance.randrange(_ONE_IN) == 0:
        return otherwise(data, most)
    for _ in range(chance.randint(1, 3)):
        document = _changed(document, chance)
    try:
        changed = json.dumps(document).encode()
    except (ValueError, RecursionError):
        return otherwise(data, most)
    return changed if len(changed) <= most else otherwise(data, most)


def _changed(document: Any, chance: random.Random) -> Any:
    """Change one place of a document, any as likely as another of its depth."""
    if not isinstance(document, (dict, list)) or not document or chance.random() < 0.15:
        return _another(document, chance)
    if isinstance(document, list):
        place = chance.randrange(len(document))
        return _with(list(document), place, document[place], chance)
    key = chance.choice(list(document))
    return _with(dict(document), key, document[key], chance)


def _with(holder: Any, place: Any, value: Any, chance: random.Random) -> Any:
    action = chance.randrange(10)
    if action == 0:
        del holder[place]
    elif action == 1 and isinstance(holder, list):
        holder.insert(place, value)
    elif action == 1:
        holder[f"{place}_"] = value
    elif action == 2 and isinstance(holder, dict):
        holder[place] = holder[chance.choice(list(holder))]
    else:
        holder[place] = _changed(value, chance)
    return holder


def _another(value: Any, chance: random.Random) -> Any:
    nearby: list[Any] = []
    if isinstance(value, int) and not isinstance(value, bool):
        nearby = [value + 1, -value, value * 2, value // 2, str(value % 1000)]
    elif isinstance(value, float):
        nearby = [value + 1, -value, value * 2, value / 2, str(value)]
    elif isinstance(value, str):
        nearby = [value[:-1], value + "0", value.upper(), value[::-1]]
    elif isinstance(value, list):
        nearby = [value[::-1], value * 2]
    return chance.choice([*nearby, *_VALUES])
