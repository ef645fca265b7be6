"""Does an engine still answer as PyTorch did? The goldens of a bundle, run and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.parity import Difference, difference

# What the parity gate of the export allows bf16 and fp16. Mean and overlap are judged too, because
# a map that is zero everywhere flips few pixels on a page with little on it.
FLIPPED_SHARE_ALLOWED = 0.005
MEAN_DIFFERENCE_ALLOWED = 0.01
IOU_LOSS_ALLOWED = 0.5


@dataclass(frozen=True)
class GoldenCheck:
    """One golden, answered.

    Attributes:
        member: Whose it is.
        tile: Its side in pixels.
        found: How far the answer lies from PyTorch's, at the bundle's threshold.
    """

    member: str
    tile: int
    found: Difference

    @property
    def passed(self) -> bool:
        """Whether few enough pixels changed sides, and the masks still overlap."""
        return (
            self.found.flipped_share <= FLIPPED_SHARE_ALLOWED
            and self.found.mean_difference <= MEAN_DIFFERENCE_ALLOWED
            and self.found.iou_loss <= IOU_LOSS_ALLOWED
        )


def check_goldens(
    bundle: Bundle,
    infer: Callable[[int, npt.NDArray[np.uint8]], npt.NDArray[np.float32]],
    most: int | None = None,
) -> Iterator[GoldenCheck]:
    """Run the goldens of every network.

    Args:
        bundle: Whose goldens.
        infer: As `Backend.infer`.
        most: How many of each network, the smallest tiles first; `None` for all.
    """
    threshold = bundle.manifest.decision_threshold
    for index, member in enumerate(bundle.manifest.networks):
        for record in sorted(member.goldens, key=lambda golden: golden.tile)[:most]:
            image, expected = bundle.golden(record)
            found = difference(expected, infer(index, image[None])[0], threshold)
            yield GoldenCheck(member.name, record.tile, found)
