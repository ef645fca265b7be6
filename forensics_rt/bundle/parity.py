"""How far two probability maps of the same pixels lie apart, in the terms of the mask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatMap: TypeAlias = npt.NDArray[np.float32]
BoolMask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Difference:
    """The distance of an answer from a reference.

    Attributes:
        max_difference: Largest |Δp| of any pixel.
        mean_difference: Mean |Δp|; it shows a map that is wrong on one side of the threshold.
        flipped_share: Share of the pixels that are forged in one and not in the other.
        iou_loss: 1 − IoU of the two masks; 0 where both are empty.
    """

    max_difference: float
    mean_difference: float
    flipped_share: float
    iou_loss: float


def difference(reference: FloatMap, answer: FloatMap, threshold: float) -> Difference:
    """Compare two maps, or stacks of maps, of the same shape.

    Args:
        reference: float32 in [0, 1], any shape.
        answer: float32 in [0, 1], the same shape.
        threshold: Probability from which a pixel counts as forged.

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> difference(np.array([0.2, 0.9]), np.array([0.2, 0.4]), 0.5).flipped_share
        0.5
    """
    return pooled_difference([(reference, answer, reference >= threshold, answer >= threshold)])


def pooled_difference(
    images: Iterable[tuple[FloatMap, FloatMap, BoolMask, BoolMask]],
) -> Difference:
    """Compare many images as if all their pixels were one; one image at a time is held.

    Args:
        images: Of each the reference and the answer, float32 in [0, 1], and the masks that were
            made of them, bool, all of one shape.

    Raises:
        ValueError: If the shapes of two maps differ, or there is no image.
    """
    pixels = flipped = common = union = 0
    largest = total = 0.0
    for reference, answer, expected, found in images:
        if reference.shape != answer.shape:
            raise ValueError(f"shapes must agree, got {reference.shape} and {answer.shape}")
        apart = np.abs(reference - answer)
        # NaN must come out as NaN: max() of Python's would drop it.
        largest = float(np.maximum(largest, apart.max()))
        total += float(apart.sum(dtype=np.float64))
        pixels += apart.size
        flipped += int((expected != found).sum())
        common += int((expected & found).sum())
        union += int((expected | found).sum())
    if not pixels:
        raise ValueError("needs at least one image")
    iou_loss = 1.0 - common / union if union else 0.0
    return Difference(largest, total / pixels, flipped / pixels, iou_loss)
