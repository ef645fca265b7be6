"""Grouped folds: parts of labeled images that never tear a group apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forensics_rt.io.pairs import LabeledImage


def fold_of_groups(groups: Sequence[str], count: int, seed: int = 0) -> dict[str, int]:
    """Deal groups out to folds so that all folds get about as many members.

    Large groups go first, each to the fold that has the fewest members so far (Graham, SIAM J.
    Applied Mathematics 17, 1969: longest processing time first). Groups of one size are shuffled.

    Args:
        groups: The group of each member; order does not matter.
        count: Number of folds.
        seed: Seed of the shuffling.

    Returns:
        Number of the fold by group.

    Raises:
        ValueError: If there are fewer groups than folds.

    Example:
        >>> sorted(fold_of_groups(["a", "a", "b", "c"], 2).values())
        [0, 1, 1]
    """
    names, sizes = np.unique(np.asarray(groups, dtype=str), return_counts=True)
    if len(names) < count:
        raise ValueError(
            f"folds.count must be at most the number of groups, {len(names)}, but is {count}"
        )
    order = np.random.default_rng(seed).permutation(len(names))
    members = [0] * count
    folds: dict[str, int] = {}
    for index in sorted(order, key=lambda i: -int(sizes[i])):
        fold = members.index(min(members))
        members[fold] += int(sizes[index])
        folds[str(names[index])] = fold
    return folds


def split_fold(
    pairs: Sequence[LabeledImage], count: int, index: int, seed: int = 0
) -> tuple[list[LabeledImage], list[LabeledImage]]:
    """Divide labeled images into those that train and those of one fold.

    Args:
        pairs: All images; the same list, in whatever order, gives the same folds.
        count: Number of folds.
        index: The fold that is left out.
        seed: Seed of the division.

    Returns:
        Training part and left-out part, each in the given order.

    Raises:
        ValueError: If there are fewer groups than folds.
    """
    folds = fold_of_groups([pair.group for pair in pairs], count, seed)
    training = [pair for pair in pairs if folds[pair.group] != index]
    return training, [pair for pair in pairs if folds[pair.group] == index]
