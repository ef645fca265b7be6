"""A checkpoint of a network of several classes: which is that of forged pixels, and one logit."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from train.checkpoint.match import Match
from train.errors import CheckpointError
from train.networks import SMP_PREFIX
from train.networks.smp_options import option_of, with_option, without_option

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ChosenClass:
    """What becomes of the classes of a checkpoint.

    Attributes:
        name: Architecture of the network to build.
        count: Classes of the checkpoint.
        forged: That of forged pixels; 0 where there is one class.
        heads: Names of the tensors of two classes, which are folded into one.
    """

    name: str
    count: int = 1
    forged: int = 0
    heads: tuple[str, ...] = ()

    def folded(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the tensors of two classes as those of one."""
        return {name: difference_of_two(tensors[name], self.forged) for name in self.heads}


def asked_classes(architecture: str) -> int | None:
    """Return the option `classes` of a name; `None` where it is not said."""
    number = option_of(architecture, "classes")
    return None if number is None or not number.isdecimal() else int(number)


def without_classes(architecture: str) -> str:
    """Return a name without its option `classes`."""
    return without_option(architecture, "classes")


def choose_class(
    path: Path, name: str, compared: Match, forged: int | None, asked: int | None
) -> ChosenClass:
    """Say which class is that of forged pixels.

    Args:
        path: The checkpoint.
        name: Of the network with one class.
        compared: How the checkpoint compares with it.
        forged: The class that was asked for; `None` for the second of two, which is said.
        asked: How many classes `--arch` says there are; `None` for nothing said.

    Raises:
        CheckpointError: If there is no such class, or it must be said which.
    """
    names, count = compared.classes or ((), 1)
    if asked is not None and asked != count:
        raise CheckpointError(f"{path}: has {count} classes, but --arch says classes={asked}")
    if count == 1:
        if forged is not None:
            raise CheckpointError(f"{path}: --forged {forged}, but the network has one class")
        return ChosenClass(name)
    if forged is None and count == 2:
        forged = 1
        _log.warning(
            "%s: of two classes, 1 is taken for forged pixels; if it is 0, give --forged 0", path
        )
    if forged is None or not 0 <= forged < count:
        raise CheckpointError(
            f"{path}: found {count} classes in {names[0]}; say which of 0 to {count - 1} is that "
            f"of forged pixels (--forged N), got {forged}"
        )
    if count == 2:
        return ChosenClass(name, count, forged, names)
    if not name.startswith(SMP_PREFIX):
        raise CheckpointError(
            f"{path}: found {count} classes in {names[0]}, expected 1 or 2; all else is as in "
            f"{name}. Train it with one class and binary cross-entropy"
        )
    return ChosenClass(with_option(name, "classes", count), count, forged)


def difference_of_two(head: Tensor, forged: int) -> Tensor:
    """Return the weights of one logit whose sigmoid is the softmax of two.

    Args:
        head: Kernel or bias of the last layer, its first axis the two classes.
        forged: The class of forged pixels, 0 or 1.

    Example:
        >>> import torch
        >>> difference_of_two(torch.tensor([1.0, 4.0]), 1)
        tensor([3.])
    """
    # In float32: the difference of two float16 numbers may need more digits.
    return (head[forged].float() - head[1 - forged].float())[None]
