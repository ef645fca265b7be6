"""One setting varied along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from forensics_rt.bench.setting import Setting
from forensics_rt.bundle.manifest import Manifest
from forensics_rt.system.cpu import usable_cores

AXES = ("batch", "threads", "requests", "tile", "overlap")
_OVERLAPS = (0, 16, 24, 32, 64, 128)


def sweep(base: Setting, axis: str, values: Sequence[int]) -> tuple[Setting, ...]:
    """Return the setting once for each value.

    Args:
        base: What stays as it is otherwise.
        axis: One of `AXES`: `batch` (most tiles in one call), `threads`, `requests` (tiles side by
            side), `tile` (side of the only tile size in pixels) or `overlap` (least, in pixels).
        values: Of it.

    Raises:
        RecipeError: If no recipe can have such tiles or such an overlap.

    Example:
        >>> from forensics_rt.recipe import PRESETS
        >>> base = Setting("openvino", None, PRESETS["fast"])
        >>> [setting.label for setting in sweep(base, "overlap", (8, 32))]
        ['openvino, fast overlap 8', 'openvino, fast overlap 32']
    """
    return tuple(_vary(base, axis, value) for value in values)


def usual_values(axis: str, manifest: Manifest) -> tuple[int, ...]:
    """Return the values worth trying with a bundle on this machine.

    Example:
        >>> from forensics_rt import Bundle
        >>> usual_values("tile", Bundle.open().manifest)
        (384, 512, 768, 1024)
    """
    batch = manifest.contract.batch
    if axis == "batch":
        return tuple(dict.fromkeys([batch.min, *_doubling(batch.max)]))
    if axis == "tile":
        return manifest.tile_sizes
    if axis == "overlap":
        return tuple(value for value in _OVERLAPS if value < min(manifest.tile_sizes))
    return _doubling(usable_cores())


def _doubling(most: int) -> tuple[int, ...]:
    powers = [1 << exponent for exponent in range(most.bit_length()) if 1 << exponent < most]
    return (*powers, most)


def _vary(base: Setting, axis: str, value: int) -> Setting:
    if axis not in ("tile", "overlap"):
        tuned: dict[str, Any] = {axis: value}
        return replace(base, **tuned)
    recipe = base.recipe
    changed = recipe.changed(tiles=(value,)) if axis == "tile" else recipe.changed(overlap=value)
    return replace(base, recipe=replace(changed, name=f"{recipe.name} {axis} {value}"))
