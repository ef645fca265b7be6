"""A contract tried: the foreign network answers one tile, and the answer is what was said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from export.errors import ExportError
from export.foreign.ends import network_input
from export.foreign.facts import Value
from export.foreign.settle import Settled, class_axis
from export.parity.probes import probe_tiles

Run: TypeAlias = Callable[[npt.NDArray[np.generic]], npt.NDArray[np.generic]]
_SLACK = 1e-3


def stride_of(settled: Settled, answer: tuple[int, ...], asked: tuple[int, ...]) -> int | None:
    """Return how many pixels, down and across, each value of an answer stands for.

    Args:
        settled: The contract, with the axis of classes.
        answer: Its shape.
        asked: Shape of the input.

    Returns:
        `None` where it is no whole number, or not the same both ways.
    """
    found = [side for number, side in enumerate(answer) if number not in (0, settled.class_axis)]
    sides = asked[2:] if settled.contract.layout == "NCHW" else asked[1:3]
    stride = sides[0] // found[0] if found and found[0] else 0
    return stride if stride and [stride * side for side in found] == list(sides) else None


def confirmed(settled: Settled, run: Run, tiles: tuple[int, ...], place: str) -> Settled:
    """Run the smallest tile through the foreign network, and return what is known then.

    Args:
        settled: The contract.
        run: The network, from its own input to its own output.
        tiles: Sides that the bundle is for.
        place: The file, for messages.

    Raises:
        ExportError: If it fails, or answers with another shape or other values than was said; the
            message names the option.
    """
    pixels = network_input(probe_tiles(tiles[0])[:1], settled)
    try:
        answer = run(pixels)
    except Exception as error:  # engines share no base of their errors
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ExportError(
            f"{place}: fails on an input of shape {list(pixels.shape)}: {reason}; check "
            f"--size-multiple ({settled.contract.size_multiple}), --tiles and --layout"
        ) from error
    output = replace(settled.output, sides=tuple(answer.shape))
    try:
        axis = class_axis(output, settled.contract)
        found = replace(settled, output=output, class_axis=axis)
        stride, said = stride_of(found, answer.shape, pixels.shape), settled.contract.stride
        if stride != said:
            raise ExportError(_no_map(output, pixels.shape, settled, stride))
        low, high = float(answer.min()), float(answer.max())
        if settled.contract.values == "probability" and not -_SLACK <= low <= high <= 1 + _SLACK:
            raise ExportError(
                f"--values probability, but the output {output.name} runs from {low:.3g} to "
                f"{high:.3g}; give --values logits"
            )
    except ExportError as error:
        raise ExportError(f"{place}: {error}") from error
    return found


def _no_map(output: Value, asked: tuple[int, ...], settled: Settled, stride: int | None) -> str:
    height, width = asked[2:] if settled.contract.layout == "NCHW" else asked[1:3]
    what = f"the output {output} is no map of the input's {height}×{width} pixels"
    if settled.contract.stride > 1:
        what += f" with --output-stride {settled.contract.stride}"
    if stride is None:
        return (
            f"{what}; choose another with --output-name, or export the network with its answer "
            "resized"
        )
    return f"{what}; give --output-stride {stride}" + (" to have it enlarged" if stride > 1 else "")
