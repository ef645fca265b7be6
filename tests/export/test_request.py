"""What a build refuses before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from export.errors import ExportError
from export.request import BuildRequest

ONE = (Path("a.pth"),)


def test_tile_sizes_are_sorted_and_named_once() -> None:
    assert BuildRequest(ONE, Path("out"), (512, 384, 512)).tiles == (384, 512)


def test_members_weigh_the_same_unless_told() -> None:
    assert BuildRequest(ONE * 2, Path("out")).weight_of_each() == (1.0, 1.0)
    two = BuildRequest(ONE * 2, Path("out"), member_weights=(1.0, 3.0))
    assert two.weight_of_each() == (1.0, 3.0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"tiles": (384, 500)}, r"--tiles must be multiples of 32, got \[500\]"),
        ({"tiles": (0,)}, r"got \[0\]"),
        ({"tiles": ()}, "got none"),
        ({"checkpoints": ()}, "no checkpoint was given"),
        ({"precision": "int8"}, "--precision must be one of fp32, fp16, got 'int8'"),
        ({"version": "2.x"}, "--bundle-version must be numbers with dots between them"),
        ({"threshold": 1.0}, "--threshold must lie between 0 and 1, got 1.0"),
        ({"member_weights": (1.0, 2.0)}, "--member-weights must be 1 positive numbers"),
        ({"member_weights": (0.0,)}, "--member-weights must be 1 positive numbers"),
        ({"model_card": Path("no-such-card.md")}, "no-such-card.md: no such file"),
    ],
)
def test_refuses(values: dict[str, Any], expected: str) -> None:
    with pytest.raises(ExportError, match=expected):
        BuildRequest(**{"checkpoints": ONE, "out": Path("out"), **values})
