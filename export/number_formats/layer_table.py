"""What the search for layers that stay in float32 found, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from rich import box
from rich.table import Table

from export.number_formats.search import LayerSearch

# Rows of layers in int8, after those that stay in float32.
_MORE = 8


def layer_table(member: str, search: LayerSearch) -> Table:
    """Return the layers that stay in float32, and those that were next."""
    found = search.found
    table = Table(
        title=f"{member}: layers alone in int8",
        caption=f"{search.share:.1%} of the operations stay in float32. Together: flipped "
        f"{found.flipped_share:.3%}, 1−IoU {found.iou_loss:.3%}"
        f"{'' if search.passed else ', which does not pass'}. {search.tried} choices measured",
        box=box.HORIZONTALS,
        padding=0,
    )
    table.add_column("layer", no_wrap=True)
    for heading in ("operations", "flips alone"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("computes in", no_wrap=True)
    kept = [one for one in search.effects if one.name in search.kept]
    others = [one for one in search.effects if one.name not in search.kept]
    for one in (*kept, *others[:_MORE]):
        table.add_row(
            one.name[-40:],
            f"{one.share:.2%}",
            f"{one.flipped:.4%}",
            "float32" if one.name in search.kept else "int8",
        )
    if len(others) > _MORE:
        rest = others[_MORE:]
        share, worst = sum(one.share for one in rest), max(one.flipped for one in rest)
        table.add_row(f"{len(rest)} others", f"{share:.2%}", f"≤ {worst:.4%}", "int8")
    return table


def searches_as_json(searches: Mapping[str, LayerSearch]) -> bytes:
    """Return all layers of all networks as JSON; shares are from 0 to 1."""
    networks = {
        member: {
            "float32_share": search.share,
            "passed": search.passed,
            "found": asdict(search.found),
            "choices_measured": search.tried,
            "layers": [
                asdict(one) | {"computes_in": "float32" if one.name in search.kept else "int8"}
                for one in search.effects
            ],
        }
        for member, search in searches.items()
    }
    return json.dumps({"schema": 1, "networks": networks}, indent=2).encode() + b"\n"
