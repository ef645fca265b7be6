"""Maps and masks: those of the reference are kept on disk, one image in memory at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class BenchAnswer:
    """What was found in an image.

    Attributes:
        probability: H×W float32 in [0, 1].
        mask: What is reported, H×W bool: threshold and high threshold have decided.
    """

    probability: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]


def write_answer(folder: Path, index: int, answer: BenchAnswer) -> None:
    """Write map and mask of one image."""
    np.savez(_file(folder, index), probability=answer.probability, mask=answer.mask)


def read_answer(folder: Path, index: int) -> BenchAnswer:
    """Read what was written of one image."""
    with np.load(_file(folder, index), allow_pickle=False) as arrays:
        return BenchAnswer(arrays["probability"], arrays["mask"])


def _file(folder: Path, index: int) -> Path:
    return folder / f"{index}.npz"
