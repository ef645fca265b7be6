"""Batches between the worker threads and the network: uint8 on the way, float on the device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True)
class CropBatch:
    """Crops and their masks.

    Attributes:
        image: `N×H×W×3` uint8 RGB.
        mask: `N×H×W` uint8; 0 authentic, 255 ignored, else forged.
    """

    image: Tensor
    mask: Tensor

    def pinned(self) -> CropBatch:
        """Return the batch in memory that a GPU can fetch by itself."""
        return CropBatch(self.image.pin_memory(), self.mask.pin_memory())

    def on(self, device: torch.device) -> CropBatch:
        """Return the batch on a device; from pinned memory, without waiting for it."""
        return CropBatch(
            self.image.to(device, non_blocking=True), self.mask.to(device, non_blocking=True)
        )


def to_batch(image: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8]) -> CropBatch:
    """Wrap `N×H×W×3` uint8 RGB and `N×H×W` uint8 masks."""
    return CropBatch(
        torch.from_numpy(np.ascontiguousarray(image)), torch.from_numpy(np.ascontiguousarray(mask))
    )


def to_pixels(image: Tensor) -> Tensor:
    """Turn `N×H×W×3` uint8 RGB into the `N×3×H×W` float input of a network, channels last."""
    return image.permute(0, 3, 1, 2).float()


def to_input(images: npt.NDArray[np.uint8]) -> Tensor:
    """Do the same for an array of numpy."""
    return to_pixels(torch.from_numpy(np.ascontiguousarray(images)))
