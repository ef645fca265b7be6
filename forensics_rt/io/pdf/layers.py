"""Which layers of a PDF a viewer shows on the screen (optional content, ISO 32000-2, 8.11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pikepdf

# Expressions in expressions beyond which nobody looks.
_MOST_LEVELS = 20


def is_shown(document: Any, content: Any) -> bool:
    """Tell whether what belongs to a layer is shown.

    Args:
        document: A `pikepdf.Pdf`.
        content: What `/OC` holds: a layer, or a dictionary that combines several.
    """
    if not isinstance(content, pikepdf.Dictionary):
        return True
    if content.get("/Type") != "/OCMD":
        return _is_on(document, content)
    expression = content.get("/VE")
    if isinstance(expression, pikepdf.Array):
        return _holds(document, expression, 0)
    layers = content.get("/OCGs", pikepdf.Array())
    if isinstance(layers, pikepdf.Dictionary):
        layers = [layers]
    on = [_is_on(document, layer) for layer in layers if isinstance(layer, pikepdf.Dictionary)]
    wanted = str(content.get("/P", "/AnyOn"))
    return not on or {
        "/AllOn": all(on),
        "/AnyOff": not all(on),
        "/AllOff": not any(on),
    }.get(wanted, any(on))


def _holds(document: Any, expression: Any, level: int) -> bool:
    if not isinstance(expression, pikepdf.Array):
        return _is_on(document, expression)
    if level == _MOST_LEVELS or not len(expression):
        return True
    sign, *parts = list(expression)
    each = (_holds(document, part, level + 1) for part in parts)
    if sign == "/Not":
        return not next(each, False)
    return any(each) if sign == "/Or" else all(each)


def _is_on(document: Any, layer: Any) -> bool:
    """Tell whether a layer is on when the file is opened."""
    settings = document.Root.get("/OCProperties", {}).get("/D", {})
    on = bool(settings.get("/BaseState", "/ON") != "/OFF")
    on = (on or _is_in(layer, settings.get("/ON", ()))) and not _is_in(
        layer, settings.get("/OFF", ())
    )
    for usage in settings.get("/AS", ()):
        if usage.get("/Event") == "/View" and _is_in(layer, usage.get("/OCGs", ())):
            state = layer.get("/Usage", {}).get("/View", {}).get("/ViewState")
            on = on if state is None else bool(state != "/OFF")
    return on


def _is_in(layer: Any, layers: Iterable[Any]) -> bool:
    return any(getattr(other, "objgen", None) == layer.objgen for other in layers)
