"""One stage of the curriculum: the part of a configuration that changes as a run goes on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from train.networks import HOUSE
from train.ranges import STRICT, AtLeastOne, UnitShare

# The coarsest maps of the house network are a 16th of a crop, those of the others a 32nd.
_HOUSE_MULTIPLE, _MULTIPLE = 16, 32


@dataclass(frozen=True, config=STRICT)
class Stage:
    """A stretch of training with its own views; values move linearly from `_from` to `_to`.

    Attributes:
        until: Progress at which the stage ends.
        size: Side of the crops.
        batch: Crops per step.
        centered_from: Share of crops on edits, at the start.
        centered_to: The same at the end.
        life_from: Strength of the after-life at the start.
        life_to: The same at the end.
        twins: Share of forged crops that bring their authentic twin into the batch.
    """

    until: Annotated[float, Field(gt=0, le=1)]
    size: AtLeastOne
    batch: AtLeastOne
    centered_from: UnitShare
    centered_to: UnitShare
    life_from: UnitShare
    life_to: UnitShare
    twins: UnitShare = 0.0


def check_crop(name: str, size: int, architecture: str) -> None:
    """Refuse crops that the coarsest maps of a network do not divide evenly.

    Args:
        name: What messages call the side.
        size: The side in pixels.
        architecture: A name that `build_network` takes.

    Raises:
        ValueError: If there are no such crops.
    """
    multiple = _HOUSE_MULTIPLE if architecture == HOUSE else _MULTIPLE
    if size < 1 or size % multiple:
        raise ValueError(
            f"{name} must be a multiple of {multiple} for {architecture}, but is {size}; "
            f"take {max(1, -(-size // multiple)) * multiple}"
        )
