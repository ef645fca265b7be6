"""Curves and sample pictures of a run for TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from forensics_rt.io.pairs import IGNORE

_SHOWN = 4
_GRAY = 128


class Board:
    """Writes event files that `tensorboard --logdir` shows.

    Args:
        folder: Folder of the event files.
        step: Step from which on older figures of a resumed run are dropped.

    Example:
        >>> Board(Path("out/board")).scalars(10, {"loss": 0.5})  # doctest: +SKIP
    """

    def __init__(self, folder: Path, step: int = 0) -> None:
        """Open the files.

        Raises:
            ValueError: If TensorBoard is not installed.
        """
        if find_spec("tensorboard") is None:
            raise ValueError(
                "run.tensorboard needs tensorboard, which is not installed; run `pip install "
                "tensorboard`, or set run.tensorboard to false"
            )
        from torch.utils.tensorboard import SummaryWriter

        self._writer: Any = SummaryWriter(str(folder), purge_step=step + 1 if step else None)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Add a point to each curve."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def pictures(self, step: int, image: Tensor, mask: Tensor, probability: Tensor) -> None:
        """Show the first crops of a batch: image, truth, probability."""
        sheet = sample_sheet(
            image[:_SHOWN].cpu().numpy(),
            mask[:_SHOWN].cpu().numpy(),
            probability[:_SHOWN].float().cpu().numpy(),
        )
        self._writer.add_image("sample", sheet, step, dataformats="HWC")

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


def sample_sheet(
    image: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.uint8],
    probability: npt.NDArray[np.float32],
) -> npt.NDArray[np.uint8]:
    """Lay crops out, one a row: image, truth (white forged, gray ignored), probability.

    Args:
        image: `N×H×W×3` uint8 RGB.
        mask: `N×H×W` uint8; 0 authentic, 255 ignored, else forged.
        probability: `N×H×W` in 0..1.

    Returns:
        `N·H×3·W×3` uint8 RGB.

    Example:
        >>> crop = np.zeros((1, 2, 2, 3), np.uint8)
        >>> sample_sheet(crop, crop[..., 0], np.ones((1, 2, 2), np.float32))[0, :, 0].tolist()
        [0, 0, 0, 0, 255, 255]
    """
    truth = np.where(mask == IGNORE, _GRAY, np.where(mask > 0, 255, 0)).astype(np.uint8)
    answer = np.clip(probability * 255 + 0.5, 0, 255).astype(np.uint8)
    gray = [np.repeat(plane[..., None], 3, axis=3) for plane in (truth, answer)]
    return np.concatenate(list(np.concatenate([image, *gray], axis=2)))
