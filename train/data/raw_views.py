"""Crops that are cut on the CPU and live their after-life on the device.

What is left for the CPU is drawing numbers and copying pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from train.data.batches import CropBatch
from train.data.device_labels import settle
from train.data.pool import StoredPage
from train.data.ragged import Ragged, pack
from train.data.views import Cutting, ViewConfig, cut_view


@dataclass(frozen=True)
class RawBatch:
    """A batch before its after-life; windows have several sizes.

    Attributes:
        images: `S×S×3` uint8 each.
        twins: The same of the windows that have a twin.
        mask: H×W uint8 each, after the geometry of the after-life.
        blobs: H×W int32, number of each pixel's blob, of the windows that have a twin.
        cuttings: The windows without their pixels.
        with_twin: Numbers of the windows that have a twin.
        examples: Number of the window, and whether its twin is meant, for each example.
        size: Side of the crops.
        most_blobs: Largest number of a blob.
    """

    images: Ragged
    twins: Ragged | None
    mask: Ragged
    blobs: Ragged | None
    cuttings: tuple[Cutting, ...]
    with_twin: tuple[int, ...]
    examples: tuple[tuple[int, bool], ...]
    size: int
    most_blobs: int

    def pinned(self) -> RawBatch:
        """Return the batch in memory that a GPU can fetch by itself."""
        return replace(
            self,
            images=self.images.pinned(),
            twins=self.twins and self.twins.pinned(),
            mask=self.mask.pinned(),
            blobs=self.blobs and self.blobs.pinned(),
        )

    def on(self, device: torch.device) -> CropBatch:
        """Send the batch to a device and finish it there."""
        twins = [] if self.twins is None else list(self.twins.on(device))
        blobs = [] if self.blobs is None else list(self.blobs.on(device))
        images, twins, mask = settle(
            list(self.images.on(device)),
            twins,
            list(self.mask.on(device)),
            blobs,
            [cutting.life for cutting in self.cuttings],
            self.with_twin,
            self.most_blobs,
        )
        twin_of = dict(zip(self.with_twin, twins, strict=True))
        pixels, labels = [], []
        for number, authentic in self.examples:
            cutting = self.cuttings[number]
            rows = slice(cutting.y, cutting.y + self.size)
            columns = slice(cutting.x, cutting.x + self.size)
            source = twin_of[number] if authentic else images[number]
            mark = mask[number][rows, columns].flip(cutting.mirrored)
            pixels.append(source[rows, columns].flip(cutting.mirrored))
            labels.append(torch.zeros_like(mark) if authentic else mark)
        return CropBatch(torch.stack(pixels), torch.stack(labels))


def cut_batch(
    seed: int, step: int, pages: Sequence[StoredPage], batch: int, config: ViewConfig
) -> RawBatch:
    """Return the batch that `train.data.views.take_batch` would, before its after-life."""
    rng = np.random.default_rng([seed, step])
    cuttings: list[Cutting] = []
    examples: list[tuple[int, bool]] = []
    while len(examples) < batch:
        cutting = cut_view(rng, pages[int(rng.integers(len(pages)))], config)
        examples.append((len(cuttings), False))
        if cutting.twin is not None and rng.random() < config.twins:
            examples.append((len(cuttings), True))
        cuttings.append(cutting)
    paired = [i for i, cutting in enumerate(cuttings) if cutting.twin is not None]
    twins = [cutting.twin for cutting in cuttings if cutting.twin is not None]
    blobs = [
        np.asarray(cv2.connectedComponents((cuttings[i].mask > 0).astype(np.uint8))[1], np.int32)
        for i in paired
    ]
    empty = np.empty((0, 0, 3), np.uint8)
    return RawBatch(
        pack([cutting.image for cutting in cuttings]),
        pack(twins) if twins else None,
        pack([cutting.mask for cutting in cuttings]),
        pack(blobs) if blobs else None,
        tuple(replace(cutting, image=empty, twin=None) for cutting in cuttings),
        tuple(paired),
        tuple(examples[:batch]),
        config.size,
        max((int(blob.max()) for blob in blobs), default=0),
    )
