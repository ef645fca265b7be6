"""The training itself: the network in int8 learns the probabilities of the network in float32."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from forensics_rt.bundle.parity import Difference, difference
from train.int8.crops import CropPlaces
from train.int8.ranges import InputRange
from train.int8.rounding import RoundedNetwork

Pixels = npt.NDArray[np.uint8]
_log = logging.getLogger(__name__)
_REPORT_STEPS = 20
# Learning rate of the logarithms of the ranges.
_RANGES = 2e-3


@dataclass(frozen=True)
class Int8Plan:
    """How long and how fast.

    Attributes:
        steps: Of the optimizer.
        crop: Side of the square crops in pixels.
        batch: Crops in a step.
        rate: Learning rate at the start; it falls to nothing along a cosine.
        seed: Of the choice of crops.
        threshold: Probability from which a pixel counts as forged.
    """

    steps: int = 200
    crop: int = 256
    batch: int = 2
    rate: float = 1e-5
    seed: int = 0
    threshold: float = 0.5


@dataclass(frozen=True)
class Int8Fit:
    """What came of it.

    Attributes:
        ranges: What each rounded convolution reads, by its name.
        before: How far all layers in int8 were from float32, on images that were not trained on.
        after: How far they are now.
    """

    ranges: Mapping[str, InputRange]
    before: Difference
    after: Difference


def fit_int8(network: nn.Module, images: Sequence[Pixels], plan: Int8Plan) -> Int8Fit:
    """Train a network in place; in int8 it then answers as it did in float32 before.

    Every other image is trained on, the first one too; the others measure what came of it.

    Args:
        network: Float32, in eval mode; N×3×H×W pixels to N×H×W logits.
        images: Each H×W×3 RGB uint8, like those in use; no labels are needed.
        plan: How long and how fast.

    Raises:
        ValueError: If there are fewer than two images as large as a crop.
    """
    shown, held_out = (CropPlaces(images[start::2], plan.crop) for start in (0, 1))
    teacher = copy.deepcopy(network).requires_grad_(False)

    def answer(pixels: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.sigmoid(teacher(pixels))

    shown.look(answer, plan.threshold)
    held_out.look(answer, plan.threshold)
    judging = held_out.best()
    expected = _answers(teacher, judging)
    rounded = RoundedNetwork(network)
    rounded.measure(shown.best())
    before = _apart(expected, _answers(network, judging), plan.threshold)
    _log.info("all layers in int8, before: %s", told(before))
    weights = list(network.parameters())
    optimizer = torch.optim.Adam(
        [{"params": weights, "lr": plan.rate}, {"params": rounded.parameters(), "lr": _RANGES}]
    )
    _train(network, optimizer, answer, shown, plan)
    after = _apart(expected, _answers(network, judging), plan.threshold)
    return Int8Fit(rounded.restore(), before, after)


def told(found: Difference) -> str:
    """Return a difference in words."""
    return (
        f"{found.flipped_share:.3%} of the decisions flip, 1 − IoU {found.iou_loss:.2%}, "
        f"mean |Δp| {found.mean_difference:.4f}"
    )


def _train(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    answer: Callable[[Tensor], Tensor],
    shown: CropPlaces,
    plan: Int8Plan,
) -> None:
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan.steps)
    random = np.random.default_rng(plan.seed)
    for step in range(plan.steps):
        pixels = shown.draw(random, plan.batch)
        wanted = answer(pixels)
        logits = network(pixels)
        loss = functional.binary_cross_entropy_with_logits(logits, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        rates.step()
        if (step + 1) % _REPORT_STEPS == 0 or step + 1 == plan.steps:
            moved = (torch.sigmoid(logits.detach()) - wanted).abs().mean().item()
            _log.info("step %d of %d: mean |Δp| %.4f", step + 1, plan.steps, moved)


def _answers(network: nn.Module, tiles: Sequence[Tensor]) -> npt.NDArray[np.float32]:
    with torch.inference_mode():
        return np.concatenate([torch.sigmoid(network(tile)).numpy() for tile in tiles])


def _apart(
    expected: npt.NDArray[np.float32], found: npt.NDArray[np.float32], threshold: float
) -> Difference:
    return difference(expected, found, threshold)
