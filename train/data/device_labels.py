"""Windows and their twins through the after-life on the device, and what it leaves to learn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from forensics_rt.io.pairs import IGNORE
from train.data.device_afterlife import live_together
from train.synth.afterlife import AfterLife
from train.synth.labels import FAINT_LEVELS


def settle(
    images: Sequence[Tensor],
    twins: Sequence[Tensor],
    mask: Sequence[Tensor],
    blobs: Sequence[Tensor],
    lives: Sequence[AfterLife],
    with_twin: Sequence[int],
    most_blobs: int,
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Apply the histories and mark as ignored what they have made equal to the authentic page.

    Args:
        images: `S×S×3` uint8 RGB, before the after-life; sizes may differ.
        twins: The same of the windows named in `with_twin`.
        mask: H×W uint8 of each window, as large as it will be afterwards.
        blobs: H×W int32 of each twin: numbers of connected blobs, 0 outside.
        lives: One history for each window.
        with_twin: Numbers of the windows that have a twin.
        most_blobs: Largest number of a blob; asking the device for it would mean to wait.

    Returns:
        Images and twins afterwards (H×W×3 uint8), and the masks.
    """
    planes = [image.permute(2, 0, 1).float() for image in (*images, *twins)]
    lived = live_together(planes, [*lives, *(lives[index] for index in with_twin)])
    after, twins_after = lived[: len(images)], lived[len(images) :]
    settled = list(mask)
    groups: dict[torch.Size, list[int]] = defaultdict(list)
    for place, index in enumerate(with_twin):
        groups[after[index].shape].append(place)
    for places in groups.values():
        members = [with_twin[place] for place in places]
        faint = _faint(
            torch.stack([after[index] for index in members]),
            torch.stack([twins_after[place] for place in places]),
            torch.stack([blobs[place] for place in places]),
            most_blobs,
        )
        for row, index in enumerate(members):
            settled[index] = mask[index].masked_fill(faint[row], IGNORE)
    return (
        [image.permute(1, 2, 0).byte() for image in after],
        [twin.permute(1, 2, 0).byte() for twin in twins_after],
        settled,
    )


def _faint(images: Tensor, twins: Tensor, blobs: Tensor, most_blobs: int) -> Tensor:
    """Return N×H×W bool: blobs nowhere changed by more than a few levels, as `with_ignored`."""
    change = (images - twins).abs().amax(1, keepdim=True)
    change = F.avg_pool2d(F.pad(change, (2, 2, 2, 2), mode="reflect"), 5, stride=1)[:, 0]
    numbers = blobs.flatten(1).long()
    strongest = change.new_zeros(len(blobs), most_blobs + 1)
    strongest.scatter_reduce_(1, numbers, change.flatten(1), "amax")
    faint = (strongest < FAINT_LEVELS).gather(1, numbers) & (numbers > 0)
    return faint.view_as(blobs)
