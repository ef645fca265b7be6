"""The members in PyTorch, as somebody who knows it would run them on a CPU."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from train.checkpoint.load import load_checkpoint


class TorchNetworks:
    """Mean of the members' probabilities, weights channels last, no gradients.

    Args:
        checkpoints: One for each member.
        bf16: Compute in bfloat16 by autocast.

    Example:
        >>> networks = TorchNetworks([Path("fold1.pth")])  # doctest: +SKIP
        >>> networks(torch.zeros(1, 3, 512, 512)).shape  # doctest: +SKIP
        torch.Size([1, 1, 512, 512])
    """

    def __init__(self, checkpoints: Sequence[Path], bf16: bool = False) -> None:
        """Load the members."""
        self._bf16 = bf16
        self._members = [
            load_checkpoint(path).network.eval().to(memory_format=torch.channels_last)
            for path in checkpoints
        ]

    @torch.inference_mode()
    def __call__(self, pixels: Tensor) -> Tensor:
        """Map N×3×H×W RGB in 0..255, float32, to N×1×H×W probabilities, float32."""
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        precision = (
            torch.autocast("cpu", torch.bfloat16) if self._bf16 else contextlib.nullcontext()
        )
        with precision:
            answers = [torch.sigmoid(member(pixels).float()) for member in self._members]
        return torch.stack(answers).mean(dim=0)[:, None]


def as_batch(image: npt.NDArray[np.uint8]) -> Tensor:
    """Return an image (H×W×3 uint8) as a batch of one: 1×3×H×W float32."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float()
