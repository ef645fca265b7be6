"""How far two probability maps of the same pixels lie apart, in the terms of the mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


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


def difference(
    reference: npt.NDArray[np.float32], answer: npt.NDArray[np.float32], threshold: float
) -> Difference:
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
    return difference_of_masks(reference, answer, reference >= threshold, answer >= threshold)


def difference_of_masks(
    reference: npt.NDArray[np.float32],
    answer: npt.NDArray[np.float32],
    expected: npt.NDArray[np.bool_],
    found: npt.NDArray[np.bool_],
) -> Difference:
    """Compare two maps and the masks that were made of them, all of one shape.

    Args:
        reference: float32 in [0, 1].
        answer: float32 in [0, 1].
        expected: The mask of the reference, bool.
        found: The mask of the answer, bool.

    Raises:
        ValueError: If the shapes of the maps differ.
    """
    if reference.shape != answer.shape:
        raise ValueError(f"shapes must agree, got {reference.shape} and {answer.shape}")
    union = int((expected | found).sum())
    return Difference(
        max_difference=float(np.abs(reference - answer).max()),
        mean_difference=float(np.abs(reference - answer).mean()),
        flipped_share=float((expected != found).mean()),
        iou_loss=1.0 - int((expected & found).sum()) / union if union else 0.0,
    )
