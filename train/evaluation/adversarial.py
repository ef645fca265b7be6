"""Noise within an edit, computed against the network: what a forger who has the network can do.

Projected gradient descent (Madry et al. 2018) with whole gray levels, as a file can hold them.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from train.data.batches import to_input
from train.evaluation.degradations import Degradation, Harm, KindMask
from train.metrics import forged_pixels
from train.synth.scene.base import Image

_MARGIN = 64
_MULTIPLE = 32
_STEP = 0.5


def adversarial(network: nn.Module, levels: int = 2, steps: int = 10) -> Degradation:
    """Return an attack that changes the pixels of edits by a few gray levels.

    Args:
        network: Takes `N×3×H×W` float 0..255, gives `N×H×W` logits; its gradients are used.
        levels: Most by which a sample may change.
        steps: Of the descent; each costs a pass through the network, forward and back.
    """
    for weight in network.parameters():
        weight.requires_grad_(False)
    return Degradation("adversarial noise", f"±{levels}", _harm(network, levels, steps))


def _harm(network: nn.Module, levels: int, steps: int) -> Harm:
    def harm(image: Image, mask: KindMask, seed: int) -> tuple[Image, KindMask]:
        edited = forged_pixels(mask)
        if not edited.any():
            return image, mask
        rows, columns = _window(edited)
        attacked = image.copy()
        attacked[rows, columns] = _descend(
            network, image[rows, columns], edited[rows, columns], levels, steps
        )
        return attacked, mask

    return harm


def _descend(
    network: nn.Module, image: Image, edited: np.ndarray, levels: int, steps: int
) -> Image:
    pixels = to_input(image[None])
    inside = torch.from_numpy(np.ascontiguousarray(edited))
    # What a sample may become, so that nothing is clipped afterwards.
    low, high = (-pixels).clamp(min=-levels), (255 - pixels).clamp(max=levels)
    change = torch.zeros_like(pixels)
    best, best_loss = change, float("inf")
    for step in range(steps + 1):
        whole = change.round().requires_grad_(True)
        loss = softplus(_logits(network, pixels + whole)[inside]).mean()
        if loss.item() < best_loss:
            best, best_loss = whole.detach(), loss.item()
        if step < steps:
            (slope,) = torch.autograd.grad(loss, whole)
            change = (change - _STEP * slope.sign() * inside).clamp(low, high)
    found = (pixels + best)[0].permute(1, 2, 0).numpy()
    return np.asarray(found, np.uint8)


def _logits(network: nn.Module, pixels: Tensor) -> Tensor:
    """Answer an image of any size: it is filled up at the right and below."""
    height, width = pixels.shape[2:]
    filled = nn.functional.pad(
        pixels, (0, -width % _MULTIPLE, 0, -height % _MULTIPLE), mode="replicate"
    )
    answer: Tensor = network(filled)
    return answer[0, :height, :width]


def _window(edited: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns that hold all edits and something around them."""
    spans = []
    for axis in (1, 0):
        there = np.flatnonzero(edited.any(axis=axis))
        first = max(0, int(there[0]) - _MARGIN) // _MULTIPLE * _MULTIPLE
        spans.append(slice(first, min(edited.shape[1 - axis], int(there[-1]) + 1 + _MARGIN)))
    return spans[0], spans[1]
