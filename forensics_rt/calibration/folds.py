"""Splits for cross-validation that never tear a group apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.observations import Observation

MOST_FOLDS = 10
# Up to here every group is left out in its turn: with few images, each that is missing is missed.
LEAVE_ONE_OUT = 30


def split(
    observations: Sequence[Observation], seed: int = 0
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Yield the places of the images to fit on and of those to judge, each image judged once.

    Up to 30 groups every group is a fold of its own, beyond that there are ten; forged and
    authentic groups are dealt out separately, so that every fold gets its share of both.

    Args:
        observations: The images; two groups at least.
        seed: Of the dealing.
    """
    groups = sorted({one.group for one in observations})
    kinds: dict[str, set[bool | None]] = {group: set() for group in groups}
    for one in observations:
        kinds[one.group].add(one.forged)
    shuffled = np.random.default_rng(seed).permutation(len(groups))
    dealt = sorted(
        shuffled.tolist(),
        key=lambda place: [kind in kinds[groups[place]] for kind in (True, False)],
    )
    folds = len(groups) if len(groups) <= LEAVE_ONE_OUT else MOST_FOLDS
    fold_of = {groups[place]: turn % folds for turn, place in enumerate(dealt)}
    folds_of_images = np.array([fold_of[one.group] for one in observations])
    for fold in range(folds):
        yield np.flatnonzero(folds_of_images != fold), np.flatnonzero(folds_of_images == fold)
