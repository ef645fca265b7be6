"""Reading the tensors of a pickle that also holds objects, without making any of these.

Lightning keeps what `save_hyperparameters` found beside the weights: a Namespace, a Path, settings
of another library. To make such an object would run its code. Here nothing of it is run: PyTorch's
own restricted unpickler is given a class that does nothing in its place.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch


class _Left:
    """Stands for an object that was not made; takes whatever it is given, and forgets it."""

    def __new__(cls, *_: object, **__: object) -> _Left:
        return super().__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


def load_around_objects(path: Path) -> Any:
    """Return what a checkpoint holds, with an empty stand-in for each object in it.

    Args:
        path: As `torch.save` writes it.

    Returns:
        The content, or `None` where even so it cannot be read: a file of before PyTorch 1.6, or one
        in which an object is something that the stand-in cannot be.
    """
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except (OSError, RuntimeError, ValueError):
        return None
    # A class for each name: the unpickler looks them up both ways. It fills plain dicts alone, so
    # that an object which is a dict, such as Lightning's settings, needs one in its place.
    for stands in ([type("_Left", (_Left,), {}) for _ in names], [OrderedDict] * len(names)):
        try:
            with torch.serialization.safe_globals(list(zip(stands, names, strict=True))):
                return torch.load(path, map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, ArithmeticError, AttributeError, LookupError, OSError,
                RuntimeError, TypeError, ValueError):  # fmt: skip
            continue
    return None
