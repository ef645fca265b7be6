"""Batches between the worker threads and the network: uint8 on the way, float on the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from forensics_rt.io.coefficients import Coefficients
from train.data.views import CropView


@dataclass(frozen=True)
class CropBatch:
    """Crops and their masks.

    Attributes:
        image: `N×H×W×3` uint8 RGB.
        mask: `N×H×W` uint8; 0 authentic, 255 ignored, else forged.
        dct: `N×H×W` int32, the coefficients of their JPEGs, for networks that read them.
        quantization: `N×8×8` int32, the tables of these.
    """

    image: Tensor
    mask: Tensor
    dct: Tensor | None = None
    quantization: Tensor | None = None

    def inputs(self) -> tuple[Tensor, ...]:
        """Return what a network takes: pixels, and coefficients and tables where there are any."""
        pixels = to_pixels(self.image)
        if self.dct is None or self.quantization is None:
            return (pixels,)
        return pixels, self.dct, self.quantization

    def pinned(self) -> CropBatch:
        """Return the batch in memory that a GPU can fetch by itself."""
        return self._each(lambda tensor: tensor.pin_memory())

    def on(self, device: torch.device) -> CropBatch:
        """Return the batch on a device; from pinned memory, without waiting for it."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def _each(self, change: Callable[[Tensor], Tensor]) -> CropBatch:
        return CropBatch(
            change(self.image),
            change(self.mask),
            None if self.dct is None else change(self.dct),
            None if self.quantization is None else change(self.quantization),
        )


def to_batch(
    image: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.uint8],
    coefficients: Sequence[Coefficients] = (),
) -> CropBatch:
    """Wrap `N×H×W×3` uint8 RGB, `N×H×W` uint8 masks, and coefficients: N of them, or none."""
    pixels, labels = (torch.from_numpy(np.ascontiguousarray(one)) for one in (image, mask))
    if not coefficients:
        return CropBatch(pixels, labels)
    dct, tables = (
        torch.from_numpy(np.stack(arrays).astype(np.int32))  # as in the contract of bundles
        for arrays in zip(*((one.dct, one.quantization) for one in coefficients), strict=True)
    )
    return CropBatch(pixels, labels, dct, tables)


def to_crop_batch(examples: Sequence[CropView]) -> CropBatch:
    """Put views together."""
    return to_batch(
        np.stack([one.image for one in examples]),
        np.stack([one.mask for one in examples]),
        [one.coefficients for one in examples if one.coefficients is not None],
    )


def to_pixels(image: Tensor) -> Tensor:
    """Turn `N×H×W×3` uint8 RGB into the `N×3×H×W` float input of a network, channels last."""
    return image.permute(0, 3, 1, 2).float()


def to_input(images: npt.NDArray[np.uint8]) -> Tensor:
    """Do the same for an array of numpy."""
    return to_pixels(torch.from_numpy(np.ascontiguousarray(images)))
