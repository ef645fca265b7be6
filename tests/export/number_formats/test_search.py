"""The layers that stay in float32 are those that cost decisions, and no more than that."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest

from export.number_formats.effects import flipped_around
from export.number_formats.search import MOST_IN_FLOAT32, LayerSearch, search_layers
from forensics_rt.bundle.limits import Limits

TILE = np.zeros((1, 32, 32, 3), np.uint8)


class Played:
    """A network whose layers move the map by known amounts when they are in int8."""

    def __init__(self, errors: dict[str, float], operations: dict[str, int] | None = None) -> None:
        self.errors = errors
        self.layers = tuple(errors)
        self.operations = operations or dict.fromkeys(errors, 1)
        self.map = np.linspace(0, 1, 1024, dtype=np.float32).reshape(1, 32, 32)

    def float32(self, tile: np.ndarray) -> np.ndarray:
        return self.map

    def int8(self, tile: np.ndarray, kept: frozenset[str] = frozenset()) -> np.ndarray:
        moved = sum(error for name, error in self.errors.items() if name not in kept)
        return self.map + np.float32(moved)

    def each_alone(self, tile: np.ndarray, layers: Collection[str]) -> dict[str, np.ndarray]:
        return {name: self.int8(tile, frozenset(self.layers) - {name}) for name in layers}


def search(network: Played, limits: Limits | None = None, **how) -> LayerSearch:
    return search_layers(network, [TILE], 0.5, limits or Limits(flipped_share=0.01), **how)


def test_the_layer_that_costs_decisions_stays_in_float32() -> None:
    layers = {f"layer {number}": 0.0002 for number in range(9)} | {"bad": 0.2}
    found = search(Played(layers))

    assert found.kept == {"bad"} and found.passed and found.share == 0.1
    assert found.effects[0].name == "bad" and found.effects[0].flipped > 0.1
    assert found.found.flipped_share <= 0.01


def test_where_no_layer_does_all_are_in_int8() -> None:
    found = search(Played({"one": 0.0001, "two": 0.0001}))

    assert not found.kept and found.passed and found.share == 0.0


def test_no_more_is_kept_than_is_worth_it() -> None:
    """All ten layers are equally bad, so no affordable number of them is enough."""
    found = search(Played({f"layer {number}": 0.05 for number in range(10)}))

    assert not found.passed
    assert 0.0 < found.share <= MOST_IN_FLOAT32


def test_the_cheapest_layers_of_the_same_effect_stay() -> None:
    errors = {"large": 0.02, "small": 0.02, "rest": 0.0}
    operations = {"large": 20, "small": 5, "rest": 75}
    found = search(Played(errors, operations), Limits(flipped_share=0.03, mean_difference=0.03))

    assert found.kept == {"small"}


def test_a_layer_that_turns_out_not_to_be_needed_returns_to_int8() -> None:
    """Its error is the largest for its size, but another layer makes up for it."""
    errors = {"made up for": 0.012, "makes up": -0.006, "bad": 0.03, "rest": 0.0}
    operations = {"made up for": 2, "makes up": 40, "bad": 20, "rest": 38}
    found = search(Played(errors, operations))

    assert found.effects[0].name == "made up for"
    assert found.passed and found.kept == {"bad"}


def test_layers_that_must_stay_do_and_count() -> None:
    found = search(
        Played({"one": 0.0, "two": 0.0, "three": 0.0, "four": 0.0}), always=frozenset({"one"})
    )

    assert found.kept == {"one"} and found.share == 0.25
    assert "one" not in {effect.name for effect in found.effects}


def test_layers_of_next_to_no_operations_are_not_put_into_int8() -> None:
    found = search(Played({"gate": 0.0, "rest": 0.0}, {"gate": 1, "rest": 10_000}))

    assert found.kept == {"gate"}


@pytest.mark.parametrize(("shift", "expected"), [(0.0, 0.0), (0.04, 0.1), (0.4, 1.0)])
def test_flips_are_those_of_all_thresholds_around(shift: float, expected: float) -> None:
    before = np.full((1, 4, 4), 0.3, np.float32)

    assert flipped_around(before, before + np.float32(shift), 0.5) == pytest.approx(expected)
