"""How sure a cascade network must be before it may settle a tile: choosing `exit_threshold`.

For every tile the answer of the cascade network and the mean answer of the members are kept, so
that the map under any limit is put together without running a network again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.calibration.decision import Decision
from forensics_rt.errors import RecipeError
from forensics_rt.plan.bands import whole_band
from forensics_rt.plan.blend import BlendMerger
from forensics_rt.plan.gather import gather_batch
from forensics_rt.plan.schedule import Batch, schedule
from forensics_rt.plan.tiling import Plan, inside_image
from forensics_rt.plan.tta import undo
from forensics_rt.recipe import Recipe
from train.metrics import PixelCounts, count, forged_pixels

ProbabilityMap = npt.NDArray[np.float32]

# Candidates; below the first nothing is worth a look of its own.
LIMITS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.4, 0.5)
ROUNDS = 1000


@dataclass(frozen=True)
class CascadeImage:
    """One image under each limit.

    Attributes:
        whole: Counts of the mask where the members see every tile.
        under: The same under each limit.
        settled: Share of the tiles that the cascade network settles under each limit.
        hits: Regions of that mask that hold a forged pixel.
        lost: Those of which nothing is left under each limit.
    """

    whole: PixelCounts
    under: tuple[PixelCounts, ...]
    settled: tuple[float, ...]
    hits: int = 0
    lost: tuple[int, ...] = ()


@dataclass(frozen=True)
class Effect:
    """What a limit does to a set of images.

    Attributes:
        exit_threshold: The limit.
        settled: Share of the tiles that the cascade network settles.
        iou_loss: IoU of the masks without the cascade less that with it, pooled over the set.
        worst_loss: 97.5 % of resampled sets lose less.
        regions_lost: Share of the regions that hit a forgery, of which nothing is left. A small one
            weighs little in the IoU, and may be all that was found on its page.
    """

    exit_threshold: float
    settled: float
    iou_loss: float
    worst_loss: float
    regions_lost: float


def run_image(
    backend: Backend,
    recipe: Recipe,
    weights: Sequence[float],
    cascade: int,
    plan: Plan,
    decision: Decision,
    image: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.uint8],
    limits: Sequence[float] = LIMITS,
) -> CascadeImage:
    """Run an image once and judge it under every limit.

    Args:
        backend: Of a bundle with a cascade network.
        recipe: What the members do with tiles that it does not settle.
        weights: Of the members that vote.
        cascade: Index of the cascade network in the bundle.
        plan: The tiles.
        decision: What makes the mask.
        image: H×W×3 uint8 RGB.
        mask: H×W uint8; 0 authentic, 255 not counted.
        limits: Candidates for `exit_threshold`, rising.
    """
    looked = _answers(backend, image, plan, schedule(plan, ("identity",), [cascade], 1))
    voted = _answers(backend, image, plan, schedule(plan, recipe.tta, range(len(weights)), 1))
    firsts = [answers[0][1] for answers in looked]
    shares = np.array(weights, np.float32) / (sum(weights) * len(recipe.tta))
    means = [sum(shares[member] * answer for member, answer in answers) for answers in voted]
    peaks = [
        float(first[inside_image(plan, tile)].max())
        for tile, first in zip(plan.tiles, firsts, strict=True)
    ]

    def mask_under(limit: float) -> npt.NDArray[np.bool_]:
        merger = BlendMerger(plan, recipe.window, (1.0,), 1)
        merger.open(whole_band(plan))
        for tile, peak, first, mean in zip(plan.tiles, peaks, firsts, means, strict=True):
            merger.settle(tile, first if peak < limit else mean)
        (maps,) = merger.rows(plan.height)
        return decision.mask(maps.probability)

    whole = mask_under(0.0)
    masks = [mask_under(limit) for limit in limits]
    _, labels = cv2.connectedComponents(whole.view(np.uint8))
    hit = set(np.unique(labels[whole & forged_pixels(mask)]).tolist())
    return CascadeImage(
        whole=count(whole, mask),
        under=tuple(count(found, mask) for found in masks),
        settled=tuple(float(np.mean([peak < limit for peak in peaks])) for limit in limits),
        hits=len(hit),
        lost=tuple(len(hit - set(np.unique(labels[found]).tolist())) for found in masks),
    )


def effects(images: Sequence[CascadeImage], limits: Sequence[float] = LIMITS) -> list[Effect]:
    """Return what each limit does to a set; images are resampled for the worst loss.

    Raises:
        RecipeError: If the members hit nothing: what they do not find, no cascade can lose.
    """
    whole = _table([image.whole for image in images])
    if not whole[:, 0].sum():
        raise RecipeError(
            f"the members hit no forged pixel of {len(images)} images, so what a cascade loses "
            "cannot be told; take more images, with forgeries that they find"
        )
    hits = max(1, sum(image.hits for image in images))
    rng = np.random.default_rng(0)
    draws = rng.multinomial(len(images), np.full(len(images), 1 / len(images)), ROUNDS)
    found = []
    for number, limit in enumerate(limits):
        under = _table([image.under[number] for image in images])
        losses = _iou(draws @ whole) - _iou(draws @ under)
        found.append(
            Effect(
                limit,
                float(np.mean([image.settled[number] for image in images])),
                float(_iou(whole.sum(0)) - _iou(under.sum(0))),
                float(np.nanquantile(losses, 0.975)),
                sum(image.lost[number] for image in images) / hits,
            )
        )
    return found


def choose(found: Sequence[Effect], most_loss: float, most_lost: float) -> Effect | None:
    """Return the largest limit up to which no limit costs too much.

    Args:
        found: By rising limits.
        most_loss: Most IoU that may be lost, at worst.
        most_lost: Largest share of the regions that hit a forgery and may be lost.
    """
    chosen = None
    for effect in found:
        # NaN proves nothing.
        if not (effect.worst_loss <= most_loss and effect.regions_lost <= most_lost):
            break
        chosen = effect
    return chosen


def cascade_recipe(recipe: Recipe, exit_threshold: float) -> Recipe:
    """Return the recipe `cascade`: another one, with a first look by the cascade network."""
    return replace(recipe, name="cascade", exit_threshold=exit_threshold)


def _answers(
    backend: Backend, image: npt.NDArray[np.uint8], plan: Plan, batches: Iterable[Batch]
) -> list[list[tuple[int, ProbabilityMap]]]:
    """Return for each tile, in the plan's order, who said what of it, upright."""
    answers: dict[tuple[int, int], list[tuple[int, ProbabilityMap]]] = {}
    for batch in batches:
        (view,) = batch.views
        tiles = gather_batch(image, batch)
        answer = undo(view.symmetry, backend.infer_alone(batch.member, tiles)[0])
        answers.setdefault((view.tile.top, view.tile.left), []).append((batch.member, answer))
    return [answers[tile.top, tile.left] for tile in plan.tiles]


def _table(counts: Sequence[PixelCounts]) -> npt.NDArray[np.float64]:
    return np.array([[c.hit, c.hit + c.false_alarm + c.miss] for c in counts], np.float64)


def _iou(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        iou: npt.NDArray[np.float64] = sums[..., 0] / sums[..., 1]
    return iou
