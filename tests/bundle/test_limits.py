"""One set of limits: what each arithmetic is judged by, and where a bundle keeps its own."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from forensics_rt import Bundle
from forensics_rt.bundle.limits import Limits, is_float32
from forensics_rt.bundle.parity import Difference
from tests.bundles import brightness_graph, write_bundle

NAN = float("nan")


@pytest.mark.parametrize(
    ("float32", "found", "breaches"),
    [
        (True, Difference(9e-4, 1e-4, 0.02, 0.6), ()),
        (True, Difference(2e-3, 1e-4, 0.0, 0.0), ("max |Δp| 0.002, at most 0.001",)),
        (True, Difference(NAN, 0.0, 0.0, 0.0), ("max |Δp| nan, at most 0.001",)),
        (False, Difference(0.3, 2e-3, 0.004, 0.1), ()),
        (False, Difference(0.3, 2e-3, 0.006, 0.1), ("flipped share 0.006, at most 0.005",)),
        (False, Difference(0.3, 0.2, 0.0, 0.0), ("mean |Δp| 0.2, at most 0.01",)),
        (False, Difference(0.3, 2e-3, 0.001, 1.0), ("1 − IoU 1, at most 0.5",)),
    ],
    ids=["float32", "far", "nan", "less", "flips", "one-sided", "all-gone"],
)  # fmt: skip
def test_what_each_arithmetic_is_judged_by(
    float32: bool, found: Difference, breaches: tuple[str, ...]
) -> None:
    assert Limits().breaches(found, float32=float32) == breaches


def test_a_graph_in_float16_is_judged_as_such_whatever_the_engine_computes_in() -> None:
    assert is_float32("fp32", "f32") and is_float32("fp32", "fp32")
    assert not any(
        is_float32(graph, arithmetic)
        for graph, arithmetic in (("fp16", "f32"), ("fp32", "bf16"), ("fp32", "int8"))
    )


def test_only_other_limits_than_the_usual_are_written(tmp_path) -> None:
    """Earlier versions know no such key, and read every bundle that does without it."""
    usual = write_bundle(tmp_path / "usual", [brightness_graph()])
    wide = write_bundle(tmp_path / "wide", [brightness_graph()], limits=Limits(flipped_share=0.02))

    assert "limits" not in json.loads((usual.path / "manifest.json").read_text())
    assert Bundle.open(usual.path).manifest.limits == Limits()
    assert Bundle.open(wide.path).manifest.limits.flipped_share == 0.02


def test_a_share_is_between_0_and_1() -> None:
    with pytest.raises(ValidationError):
        Limits(flipped_share=2.0)
