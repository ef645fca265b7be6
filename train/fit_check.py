"""The fit check: can a network learn a few hundred crops by heart, before anyone pays for more?

A network that cannot has a fault in its labels, its features or its optimization, and no amount of
data mends that. Repeat it whenever one of these changes.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from train.data.batches import to_input
from train.data.pool import StoredPage, stored
from train.data.views import ViewConfig, take_view
from train.loop.loss import pixel_loss
from train.loop.schedule import learning_rate
from train.metrics import PixelCounts, count, forged_pixels
from train.synth.page import PageConfig, make_page
from train.synth.scene.base import Image
from train.synth.sources import Sources

_log = logging.getLogger(__name__)
Crops = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]


@dataclass(frozen=True)
class FitCheckPlan:
    """How the check is made.

    Attributes:
        crops: Number of crops to learn, and of unseen ones to compare with.
        size: Side of a crop in pixels; each holds an edit.
        passes: How often every crop is seen.
        batch: Crops a step.
        peak: Highest learning rate.
        after_life: Strength of the after-life that the crops went through, once and for all.
        seed: Of pages, crops and weights.
    """

    crops: int = 256
    size: int = 128
    passes: int = 80
    batch: int = 32
    peak: float = 2e-3
    after_life: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class FitCheckResult:
    """What came of it; F1 over all pixels at 0.5.

    Attributes:
        plan: What was done.
        seen_f1: On the crops it was trained on.
        unseen_f1: On as many it was not.
        steps: Steps taken.
        minutes: Time they took.
    """

    plan: FitCheckPlan
    seen_f1: float
    unseen_f1: float
    steps: int
    minutes: float


def make_crops(sources: Sources, config: PageConfig, plan: FitCheckPlan, first: int) -> Crops:
    """Cut `plan.crops` crops from as many pages; each holds learnable forged pixels.

    Args:
        sources: Raw material.
        config: What pages are like.
        plan: Number, size and after-life of the crops.
        first: Number of the first page, so that two sets can be disjoint.

    Returns:
        `N×size×size×3` uint8 RGB and `N×size×size` uint8 mask.
    """
    images: list[Image] = []
    mask: list[npt.NDArray[np.uint8]] = []
    view_config = ViewConfig(plan.size, centered=1.0, after_life=plan.after_life)
    index = first
    while len(images) < plan.crops:
        page: StoredPage = stored(make_page(plan.seed, index, sources, config))
        index += 1
        view = take_view(np.random.default_rng([plan.seed, index, 2]), page, view_config)
        if forged_pixels(view.mask).sum() >= 32:
            images.append(view.image)
            mask.append(view.mask)
    return np.stack(images), np.stack(mask)


def fit_check(network: nn.Module, seen: Crops, unseen: Crops, plan: FitCheckPlan) -> FitCheckResult:
    """Train a network on the seen crops alone and measure both sets.

    Args:
        network: Fresh network on its device; trained in place.
        seen: Crops to learn by heart.
        unseen: Crops to compare with.
        plan: How long and how fast.
    """
    started = time.monotonic()
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.peak, weight_decay=0.0)
    rng = np.random.default_rng([plan.seed, 3])
    steps = plan.passes * -(-plan.crops // plan.batch)
    losses: list[float] = []
    for step in range(steps):
        at = (step * plan.batch) % plan.crops
        if at < plan.batch:
            order = rng.permutation(plan.crops)
        chosen = order[at : at + plan.batch]
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step / steps, plan.peak)
        network.train()
        # Flips only: a history must stay what it was, or there would be nothing to know by heart.
        flip = slice(None, None, -1 if rng.random() < 0.5 else 1)
        logits = network(to_input(seen[0][chosen][:, :, flip]))
        mask = torch.from_numpy(np.ascontiguousarray(seen[1][chosen][:, :, flip]))
        loss = pixel_loss(logits, mask.to(logits.device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        losses.append(float(loss.detach()))
        if (step + 1) % max(1, steps // 20) == 0:
            _log.info("step %d of %d, loss %.4f", step + 1, steps, float(np.mean(losses[-20:])))
    seen_f1, unseen_f1 = (f1_of(network, crops, plan.batch) for crops in (seen, unseen))
    return FitCheckResult(plan, seen_f1, unseen_f1, steps, (time.monotonic() - started) / 60)


@torch.inference_mode()
def f1_of(network: nn.Module, crops: Crops, batch: int = 32) -> float:
    """Return the F1 at 0.5 over all pixels of some crops, the network in eval mode."""
    network.eval()
    total = PixelCounts()
    for at in range(0, len(crops[0]), batch):
        logits = network(to_input(crops[0][at : at + batch])).cpu().numpy()
        total += count(logits >= 0, crops[1][at : at + batch])
    return total.f1
