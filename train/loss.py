"""The training loss: cross-entropy for every pixel, overlap for the few forged ones."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

IGNORE = 255


def bce_dice(logits: Tensor, marks: Tensor, dice_weight: float = 0.5) -> Tensor:
    """Return binary cross-entropy plus weighted soft Dice (Milletari et al., 3DV 2016, eq. 3).

    Args:
        logits: `N×H×W` float.
        marks: `N×H×W` uint8; 0 untouched, 255 ignored, anything else forged.
        dice_weight: Weight of the Dice term.

    Returns:
        A scalar. Ignored pixels have no part in it, nor in its gradient.

    Example:
        >>> float(bce_dice(torch.zeros(1, 2, 2), torch.full((1, 2, 2), 255, dtype=torch.uint8)))
        0.0
    """
    valid = (marks != IGNORE).float()
    target = ((marks != 0) & (marks != IGNORE)).float()
    logits = logits.float()
    each = F.binary_cross_entropy_with_logits(logits, target, reduction="none") * valid
    entropy = each.sum() / valid.sum().clamp(min=1.0)
    probability = torch.sigmoid(logits) * valid
    overlap = 2 * (probability * target).sum()
    total = probability.sum() + target.sum()
    dice = (1 - (overlap + 1.0) / (total + 1.0)) * (valid.sum() > 0)
    return entropy + dice_weight * dice
