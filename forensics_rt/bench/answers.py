"""Maps and masks on their way from the process that found them to the one that compares them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Answers:
    """What was found in all images, their pixels in one row.

    Attributes:
        probability: float32 in [0, 1].
        mask: What is reported, bool: threshold and peak have decided.
    """

    probability: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]


def write_answer(
    folder: Path, index: int, probability: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_]
) -> None:
    """Write map and mask of one image."""
    np.savez(folder / f"{index}.npz", probability=probability, mask=mask)


def read_answers(folder: Path, images: int) -> Answers:
    """Read what was written of all images, and remove the files."""
    maps, masks = [], []
    for index in range(images):
        file = folder / f"{index}.npz"
        with np.load(file, allow_pickle=False) as arrays:
            maps.append(arrays["probability"].ravel())
            masks.append(arrays["mask"].ravel())
        file.unlink()
    return Answers(np.concatenate(maps), np.concatenate(masks))
