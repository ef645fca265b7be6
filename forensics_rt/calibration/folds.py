"""Splits for cross-validation that never tear a group apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from forensics_rt.calibration.observations import Observation

MOST_FOLDS = 10
# What a group may hold (`True`: forged images), in the order of dealing. Groups of both kinds lie
# between the others: so the groups that hold a kind follow each other, and never share one fold.
_DEALT: tuple[frozenset[bool], ...] = (
    frozenset(),
    frozenset({False}),
    frozenset({False, True}),
    frozenset({True}),
)
# Up to here every group is left out in its turn: with few images, each that is missing is missed.
LEAVE_ONE_OUT = 30


def split_folds(
    observations: Sequence[Observation], seed: int = 0
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Yield the places of the images to fit on and of those to judge, each image judged once.

    Up to 30 groups every group is a fold of its own, beyond that there are ten; forged and
    authentic groups are dealt out one kind after the other, so that every fold gets its share of
    both, and a kind that two groups hold is never missing from the images to fit on.

    Args:
        observations: The images; two groups at least.
        seed: Of the dealing.
    """
    groups = sorted({one.group for one in observations})
    kinds: dict[str, set[bool]] = {group: set() for group in groups}
    for one in observations:
        if one.forged is not None:
            kinds[one.group].add(one.forged)
    shuffled = np.random.default_rng(seed).permutation(len(groups))
    dealt = sorted(
        shuffled.tolist(), key=lambda place: _DEALT.index(frozenset(kinds[groups[place]]))
    )
    folds = len(groups) if len(groups) <= LEAVE_ONE_OUT else MOST_FOLDS
    fold_of = {groups[place]: turn % folds for turn, place in enumerate(dealt)}
    folds_of_images = np.array([fold_of[one.group] for one in observations])
    for fold in range(folds):
        yield np.flatnonzero(folds_of_images != fold), np.flatnonzero(folds_of_images == fold)
