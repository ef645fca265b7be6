"""What is wanted of an image on the device, and how it lies in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from forensics_rt.cuda.interchange import DeviceArray
from forensics_rt.errors import RecipeError
from forensics_rt.plan.finish import MapType

# A whole number of memory sectors and texture lines; any engine's alignment divides it.
ALIGNMENT = 256
Map: TypeAlias = npt.NDArray[Any] | DeviceArray


@dataclass(frozen=True)
class MapRequest:
    """What is wanted of one image.

    Attributes:
        kind: Number format of the maps.
        on_device: Whether the maps stay on the device.
        mask: Whether the mask is made there too.
        threshold: Probability from which a pixel belongs to a region of the mask.
        high_threshold: Probability that a region must reach to stay in the mask; `None` for any.
        high_area: With how many pixels it must reach that, or else the threshold; 1 or more.
    """

    kind: MapType = "float32"
    on_device: bool = False
    mask: bool = False
    threshold: float = 0.5
    high_threshold: float | None = None
    high_area: int = 1

    def __post_init__(self) -> None:
        """Refuse a number format that there is not.

        Raises:
            RecipeError: If there is none of that name.
        """
        if self.kind not in get_args(MapType):
            raise RecipeError(f"kind must be one of {get_args(MapType)}, but is {self.kind!r}")

    @property
    def of_regions(self) -> float | None:
        """What regions must reach; `None` where they need not be told apart to make the mask."""
        high = max(self.threshold, self.high_threshold or 0.0)
        apart = high > self.threshold or self.high_area > 1
        return high if self.mask and apart else None


@dataclass(frozen=True)
class ResultLayout:
    """Where what is handed out lies in one piece of memory, so that one copy brings it all.

    First the largest sum of a block, float32, then the maps. Every part starts at a multiple of
    256 bytes.

    Attributes:
        height: Of the image in pixels.
        width: Of the image in pixels.
        kind: Number format of the maps.
        with_uncertainty: Whether there is a second map.
        with_mask: Whether there is a mask.
    """

    height: int
    width: int
    kind: MapType
    with_uncertainty: bool
    with_mask: bool

    @property
    def probability(self) -> int:
        """Offset of the probability in bytes."""
        return ALIGNMENT

    @property
    def uncertainty(self) -> int:
        """Offset of the uncertainty."""
        return ALIGNMENT + self._map_size

    @property
    def mask(self) -> int:
        """Offset of the mask."""
        return ALIGNMENT + self._map_size * (2 if self.with_uncertainty else 1)

    @property
    def size(self) -> int:
        """Bytes of all."""
        return self.mask + (aligned(self.height * self.width) if self.with_mask else 0)

    @property
    def _map_size(self) -> int:
        return aligned(self.height * self.width * np.dtype(self.kind).itemsize)


def aligned(size: int) -> int:
    """Round up to a multiple of 256.

    Example:
        >>> aligned(257)
        512
    """
    return -(-size // ALIGNMENT) * ALIGNMENT
