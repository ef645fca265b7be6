"""Views: what the network sees of a page — a crop, after some life, perhaps mirrored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from train.data.pairs import padded
from train.data.pool import StoredPage
from train.synth.afterlife import AfterLife, draw_after_life, live, live_mask
from train.synth.labels import with_ignored
from train.synth.scene.base import Image

SLACK = 16  # room for cuts off the 8×8 grid


@dataclass(frozen=True)
class ViewConfig:
    """How views are taken.

    Attributes:
        size: Side of the crop in pixels.
        centered: Chance that a crop is placed on an edit, if the page has one.
        after_life: Strength of the after-life, 0..1.
        mirror: Chance of each of two mirrorings.
        twins: Chance that a forged view brings its authentic twin into the batch.
    """

    size: int = 256
    centered: float = 0.8
    after_life: float = 1.0
    mirror: float = 0.25
    twins: float = 0.0


@dataclass(frozen=True)
class Cutting:
    """A window before its after-life, and what is to be done with it.

    Attributes:
        image: `S×S×3` uint8 RGB.
        twin: The authentic twin; `None` where there is none or nothing was edited.
        mask: H×W uint8, carried through the geometry of the after-life.
        life: The after-life.
        x: Left edge of the crop in the window afterwards.
        y: Its upper edge.
        mirrored: Axes to mirror: 0 top to bottom, 1 left to right.
    """

    image: Image
    twin: Image | None
    mask: npt.NDArray[np.uint8]
    life: AfterLife
    x: int
    y: int
    mirrored: tuple[int, ...]


@dataclass(frozen=True)
class CropView:
    """One training example.

    Attributes:
        image: `size×size×3` uint8 RGB.
        mask: `size×size` uint8 (0, kind, or 255 for ignore).
        twin: The authentic page through the same cut and the same after-life; None where
            nothing was edited.
    """

    image: Image
    mask: npt.NDArray[np.uint8]
    twin: Image | None


def take_view(rng: np.random.Generator, page: StoredPage, config: ViewConfig) -> CropView:
    """Cut one training example out of a page.

    Args:
        rng: Source of randomness.
        page: The page.
        config: How to cut.
    """
    cutting = cut_view(rng, page, config)
    image, mask, twin = live(cutting.image, cutting.life), cutting.mask, None
    if cutting.twin is not None:
        twin = live(cutting.twin, cutting.life)
        mask = with_ignored(mask, image, twin)
    rows = slice(cutting.y, cutting.y + config.size)
    columns = slice(cutting.x, cutting.x + config.size)

    def crop(pixels: Image) -> Image:
        return np.flip(pixels[rows, columns], cutting.mirrored)

    return CropView(crop(image), crop(mask), None if twin is None else crop(twin))


def cut_view(rng: np.random.Generator, page: StoredPage, config: ViewConfig) -> Cutting:
    """Draw and cut one window; nothing has happened to it yet."""
    page = at_least(page, config.size + SLACK)
    side = min(page.mask.shape)
    life = draw_after_life(rng, config.after_life)
    life = life.shrinking_at_most((config.size + SLACK) / side)
    reach = min(side, int(np.ceil((config.size + SLACK) / life.scale)))
    left, top = corner(rng, page, reach, config.centered)
    window = (slice(top, top + reach), slice(left, left + reach))
    has_twin = page.has_twin and bool(page.mask[window].any())
    mask = live_mask(page.mask[window], life)
    x = int(rng.integers(0, mask.shape[1] - config.size + 1))
    y = int(rng.integers(0, mask.shape[0] - config.size + 1))
    across, down = rng.random() < config.mirror, rng.random() < config.mirror
    mirrored = (0,) * down + (1,) * across
    twin = page.twin()[window] if has_twin else None
    return Cutting(page.image[window], twin, mask, life, x, y, mirrored)


def at_least(page: StoredPage, side: int) -> StoredPage:
    """Continue a page smaller than a window by its mirror image, which does not count."""
    height, width = page.mask.shape
    if min(height, width) >= side:
        return page
    image, mask = padded(page.image, page.mask, side, side)
    if not page.has_twin:
        rows, columns = np.divmod(page.changed, width)
        return replace(page, image=image, mask=mask, changed=rows * mask.shape[1] + columns)
    # The margin mirrors edits as well: that of the twin must mirror what was there before.
    twin, _ = padded(page.twin(), page.mask, side, side)
    changed = np.flatnonzero((image != twin).any(2))
    return replace(
        page, image=image, mask=mask, changed=changed, original=twin.reshape(-1, 3)[changed]
    )


def corner(
    rng: np.random.Generator, page: StoredPage, reach: int, centered: float
) -> tuple[int, int]:
    """Draw x and y of a square window of side `reach`, with chance `centered` around an edit."""
    most_x, most_y = page.mask.shape[1] - reach, page.mask.shape[0] - reach
    if page.changed.size and rng.random() < centered:
        spot = int(page.changed[int(rng.integers(page.changed.size))])
        row, column = divmod(spot, page.mask.shape[1])
        x = column - int(reach * rng.uniform(0.2, 0.8))
        y = row - int(reach * rng.uniform(0.2, 0.8))
    else:
        x, y = int(rng.integers(0, most_x + 1)), int(rng.integers(0, most_y + 1))
    # On the 8×8 grid of the page, so that a second save may meet the first one's blocks.
    return 8 * (min(max(x, 0), most_x) // 8), 8 * (min(max(y, 0), most_y) // 8)


def take_batch(
    seed: int, step: int, pages: Sequence[StoredPage], batch: int, config: ViewConfig
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return a batch of views; the same seed, step and pages give the same batch.

    Returns:
        `N×size×size×3` uint8 RGB and `N×size×size` uint8 mask.
    """
    rng = np.random.default_rng([seed, step])
    examples: list[tuple[Image, npt.NDArray[np.uint8]]] = []
    while len(examples) < batch:
        view = take_view(rng, pages[int(rng.integers(len(pages)))], config)
        examples.append((view.image, view.mask))
        # Side by side with its twin, an edit is all that a gradient can explain the labels by.
        if view.twin is not None and rng.random() < config.twins:
            examples.append((view.twin, np.zeros_like(view.mask)))
    return np.stack([e[0] for e in examples[:batch]]), np.stack([e[1] for e in examples[:batch]])
