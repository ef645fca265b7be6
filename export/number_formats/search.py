"""Which layers of a network stay in float32 when the others compute in int8: found by measuring.

Each layer is put into int8 alone, and what that does to the decisions is measured. Those that do
most for each of their operations go back to float32 first, and as many as the limits need. Effects
of single layers do not simply add up, so what is chosen is measured as a whole, and large layers
that turn out not to be needed return to int8 (compare Wu et al., "Integer Quantization for Deep
Learning Inference", arXiv 2004.09602, section 6.2, and HAWQ, ICCV 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from export.number_formats.effects import LayerEffect, rank, shares_of
from export.number_formats.formats import INT8_LIMITS
from export.number_formats.switched import SwitchedGraph
from export.parity.probes import Pixels
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.parity import Difference, difference

# More in float32 is no gain worth the rounding of the rest.
MOST_IN_FLOAT32 = 0.25
# A layer of fewer operations gains nothing in int8, such as those of a gate on one pixel.
_SMALL = 0.0005
# One of fewer is not worth a try to return it to int8.
_LARGE = 0.01


@dataclass(frozen=True)
class LayerSearch:
    """What a search found.

    Attributes:
        effects: Of each layer, the one that has to stay in float32 first at the top.
        kept: Names of the layers that stay in float32.
        share: Of the network's operations that stay in float32, 0 to 1.
        found: How far the network then is from itself in float32.
        forged: Share of the pixels that float32 puts at the threshold or above.
        passed: Whether the difference is within the limits.
        tried: How many choices were measured.
    """

    effects: tuple[LayerEffect, ...]
    kept: frozenset[str]
    share: float
    found: Difference
    forged: float
    passed: bool
    tried: int


def search_layers(
    network: SwitchedGraph,
    tiles: Sequence[Pixels],
    threshold: float,
    limits: Limits = INT8_LIMITS,
    always: frozenset[str] = frozenset(),
    original: SwitchedGraph | None = None,
) -> LayerSearch:
    """Find the layers that have to stay in float32.

    Args:
        network: In float32 and int8.
        tiles: Each 1×S×S×3 RGB uint8, with something found in them.
        threshold: Probability from which a pixel counts as forged.
        limits: On flipped decisions, 1 − IoU and mean |Δp|.
        always: Layers that stay in float32 whatever they do.
        original: What the answers have to be like, if the network was trained for int8; `None` for
            the network itself in float32.
    """
    expected = [network.float32(tile) for tile in tiles]
    whole = np.concatenate(expected)
    if original is not None:
        whole = np.concatenate([original.float32(tile) for tile in tiles])
    shares = shares_of(network)
    always |= {name for name in network.layers if shares[name] < _SMALL}
    effects = rank(network, tiles, expected, threshold, always)
    measured: dict[frozenset[str], Difference] = {}

    def measure(kept: frozenset[str]) -> Difference:
        if kept not in measured:
            answers = np.concatenate([network.int8(tile, kept) for tile in tiles])
            measured[kept] = difference(whole, answers, threshold)
        return measured[kept]

    def passes(kept: frozenset[str]) -> bool:
        return not limits.breaches(measure(kept), float32=False)

    kept = _as_many_as_needed([one.name for one in effects], always, passes, shares)
    if passes(kept):
        kept = _given_back(kept - always, always, passes, shares)
    outside = sum(share for name, share in shares.items() if name not in network.layers)
    share = outside + sum(shares[name] for name in kept if name in network.layers)
    forged = float((whole >= threshold).mean())
    return LayerSearch(effects, kept, share, measure(kept), forged, passes(kept), len(measured))


def _as_many_as_needed(
    ordered: Sequence[str],
    always: frozenset[str],
    passes: Callable[[frozenset[str]], bool],
    shares: Mapping[str, float],
) -> frozenset[str]:
    """Halve the range between too few and enough; all that are affordable where none is enough."""
    left, affordable = MOST_IN_FLOAT32, list[str]()
    for name in ordered:
        if shares[name] <= left:
            left -= shares[name]
            affordable.append(name)
    few, enough = -1, len(affordable)
    while enough - few > 1:
        middle = (few + enough) // 2
        if passes(always.union(affordable[:middle])):
            enough = middle
        else:
            few = middle
    return always.union(affordable[:enough])


def _given_back(
    chosen: frozenset[str],
    always: frozenset[str],
    passes: Callable[[frozenset[str]], bool],
    shares: Mapping[str, float],
) -> frozenset[str]:
    for name in sorted(chosen, key=lambda name: -shares[name]):
        if shares[name] >= _LARGE and passes((chosen - {name}) | always):
            chosen = chosen - {name}
    return chosen | always
