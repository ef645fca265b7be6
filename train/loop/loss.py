"""The training loss: cross-entropy for every pixel, overlap for the few forged ones."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from forensics_rt.io.pairs import IGNORE


def pixel_loss(
    logits: Tensor,
    mask: Tensor,
    bce: float = 1.0,
    dice: float = 0.5,
    focal: float = 0.0,
    gamma: float = 2.0,
) -> Tensor:
    """Return the weighted sum of cross-entropy, soft Dice and focal loss.

    The Dice term is soft (Milletari et al., 3DV 2016, eq. 3). The focal loss (Lin et al., ICCV
    2017, eq. 4) is the cross-entropy of each pixel times `(1 - p)^gamma`, with `p` the probability
    given to the truth: pixels that are clear already count for little.

    Args:
        logits: `N×H×W` float.
        mask: `N×H×W` uint8; 0 authentic, 255 ignored, anything else forged.
        bce: Weight of the mean cross-entropy.
        dice: Weight of the Dice term over the whole batch.
        focal: Weight of the mean focal loss.
        gamma: Its exponent, 0 for plain cross-entropy.

    Returns:
        A scalar. Ignored pixels have no part in it, nor in its gradient.

    Example:
        >>> round(float(pixel_loss(torch.zeros(1, 1, 2), torch.ones(1, 1, 2), dice=0.0)), 4)
        0.6931
    """
    valid = (mask != IGNORE).float()
    target = ((mask != 0) & (mask != IGNORE)).float()
    logits = logits.float()
    each = F.binary_cross_entropy_with_logits(logits, target, reduction="none") * valid
    pixels = valid.sum().clamp(min=1.0)
    loss = bce * (each.sum() / pixels)
    if dice:
        loss = loss + dice * _dice(logits, target, valid)
    if focal:
        # The cross-entropy is -log p, so p need not be computed a second way. At zero a power below
        # one has no finite slope, which would make the gradient of ignored pixels no number.
        hardness = (-torch.expm1(-each)).clamp(min=torch.finfo(each.dtype).tiny)
        loss = loss + focal * ((hardness**gamma * each).sum() / pixels)
    return loss


def distillation(logits: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """Return the cross-entropy against a teacher's probabilities (Hinton et al., 2015, eq. 2).

    Args:
        logits: `N×H×W` float, of the student.
        teacher: `N×H×W` float logits, of the teacher; no gradient flows into them.
        mask: `N×H×W` uint8; pixels of 255 have no part in it.

    Returns:
        A scalar.
    """
    valid = (mask != IGNORE).float()
    soft = torch.sigmoid(teacher.detach().float())
    each = F.binary_cross_entropy_with_logits(logits.float(), soft, reduction="none") * valid
    return each.sum() / valid.sum().clamp(min=1.0)


def _dice(logits: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    probability = torch.sigmoid(logits) * valid
    overlap = 2 * (probability * target).sum()
    total = probability.sum() + target.sum()
    return (1 - (overlap + 1.0) / (total + 1.0)) * (valid.sum() > 0)
