"""Does an engine still answer as PyTorch did? The goldens of a bundle, run and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.bundle.limits import is_float32
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.parity import Difference, difference


@dataclass(frozen=True)
class GoldenCheck:
    """One golden, answered.

    Attributes:
        member: Whose it is.
        tile: Its side in pixels.
        found: How far the answer lies from PyTorch's, at the bundle's threshold.
        breaches: What lies beyond the bundle's limits, a phrase each; empty where it passes.
    """

    member: str
    tile: int
    found: Difference
    breaches: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing lies beyond the limits."""
        return not self.breaches


def check_goldens(
    bundle: Bundle,
    infer: Callable[..., npt.NDArray[np.float32]],
    arithmetic: str,
    most: int | None = None,
) -> Iterator[GoldenCheck]:
    """Run the goldens of every network.

    Args:
        bundle: Whose goldens.
        infer: As `Backend.infer`.
        arithmetic: What it computes in, as `Capabilities.precision` has it, such as `f32`, `bf16`.
        most: How many of each network, the smallest tiles first; `None` for all.
    """
    manifest = bundle.manifest
    for index, member in enumerate(manifest.networks):
        float32 = is_float32(member.precision, arithmetic)
        for record in sorted(member.goldens, key=lambda golden: golden.tile)[:most]:
            image, expected = bundle.golden(record)
            beside = bundle.golden_coefficients(record)
            tiles = (image[None],) if beside is None else (image[None], beside)
            answer = infer(index, *tiles)[0]
            found = difference(expected, answer, manifest.decision_threshold)
            breaches = manifest.limits.breaches(found, float32=float32)
            yield GoldenCheck(member.name, record.tile, found, breaches)
