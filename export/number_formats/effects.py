"""What each layer of a network does to the decisions when it alone computes in int8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from export.number_formats.switched import Probability, SwitchedGraph
from export.parity.probes import Pixels

# Thresholds so far around the bundle's are asked, too: a hundred pixels say little by one alone.
_AROUND = 0.2


@dataclass(frozen=True)
class LayerEffect:
    """A layer, and what it does alone in int8.

    Attributes:
        name: Of its node.
        share: Of the network's operations, 0 to 1.
        flipped: Share of the decisions that flip, at thresholds around the bundle's.
    """

    name: str
    share: float
    flipped: float


def rank(
    network: SwitchedGraph,
    tiles: Sequence[Pixels],
    expected: Sequence[Probability],
    threshold: float,
    always: frozenset[str],
) -> tuple[LayerEffect, ...]:
    """Measure each layer alone, and sort by what it costs for each of its operations.

    Args:
        network: In float32 and int8.
        tiles: Each 1×S×S×3 RGB uint8.
        expected: The answers in float32.
        threshold: Probability from which a pixel counts as forged.
        always: Layers that stay in float32 and need not be measured.
    """
    totals = {name: 0.0 for name in network.layers if name not in always}
    for tile, answer in zip(tiles, expected, strict=True):
        for name, other in network.each_alone(tile, totals).items():
            totals[name] += flipped_around(answer, other, threshold) / len(tiles)
    shares = shares_of(network)
    effects = (LayerEffect(name, shares[name], flipped) for name, flipped in totals.items())
    # Roundings of different layers are independent: what adds up is their squares.
    return tuple(sorted(effects, key=lambda one: -(one.flipped**2) / one.share))


def flipped_around(expected: Probability, answer: Probability, threshold: float) -> float:
    """Return the share of decisions that flip, the mean over all thresholds around one.

    Args:
        expected: Probabilities, any shape.
        answer: Probabilities, the same shape.
        threshold: Those up to 0.2 below and above it are asked.

    Example:
        >>> one, two = np.full((4, 4), 0.5, np.float32), np.full((4, 4), 0.6, np.float32)
        >>> round(flipped_around(one, two, 0.5), 3)  # thresholds of .5 to .6, of .3 to .7
        0.25
    """
    low, high = max(0.0, threshold - _AROUND), min(1.0, threshold + _AROUND)
    moved = np.abs(np.clip(expected, low, high) - np.clip(answer, low, high))
    return float(moved.mean(dtype=np.float64)) / (high - low)


def shares_of(network: SwitchedGraph) -> Mapping[str, float]:
    """Return the share of the network's operations that each layer needs; `float32` has run."""
    total = sum(network.operations.values())
    return {name: count / total for name, count in network.operations.items()}
