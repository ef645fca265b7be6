"""Views: what the network sees of a page — a crop, after some life, perhaps mirrored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from forensics_rt.io.coefficients import BLOCK, Coefficients
from train.data.coefficients import cut_coefficients
from train.data.pairs import padded
from train.data.pool import StoredPage
from train.synth.afterlife import AfterLife, draw_after_life, live, live_as_file, live_mask
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
        jpeg_only: Have every after-life end with a JPEG save, and cut crops on its grid.
        dct_limit: Give the coefficients of JPEG beside the pixels, clipped to ± so much; crops lie
            on its grid then, too. `None` for pixels alone.
    """

    size: int = 256
    centered: float = 0.8
    after_life: float = 1.0
    mirror: float = 0.25
    twins: float = 0.0
    jpeg_only: bool = False
    dct_limit: int | None = None

    @property
    def on_grid(self) -> bool:
        """True if crops start with a block of their JPEG and are not mirrored."""
        return self.jpeg_only or self.dct_limit is not None


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
        coefficients: Of the window, if its page is a JPEG.
    """

    image: Image
    twin: Image | None
    mask: npt.NDArray[np.uint8]
    life: AfterLife
    x: int
    y: int
    mirrored: tuple[int, ...]
    coefficients: Coefficients | None = None


@dataclass(frozen=True)
class CropView:
    """One training example.

    Attributes:
        image: `size×size×3` uint8 RGB.
        mask: `size×size` uint8 (0, kind, or 255 for ignore).
        twin: The authentic page through the same cut and the same after-life; None where
            nothing was edited.
        coefficients: Those of `image`, where they were asked for.
        twin_coefficients: Those of `twin`.
    """

    image: Image
    mask: npt.NDArray[np.uint8]
    twin: Image | None
    coefficients: Coefficients | None = None
    twin_coefficients: Coefficients | None = None

    def authentic(self) -> CropView:
        """Return the twin as an example of its own.

        Raises:
            ValueError: If there is none.
        """
        if self.twin is None:
            raise ValueError("the view must have a twin to become an example, but has none")
        return CropView(self.twin, np.zeros_like(self.mask), None, self.twin_coefficients)


def take_view(rng: np.random.Generator, page: StoredPage, config: ViewConfig) -> CropView:
    """Cut one training example out of a page.

    Args:
        rng: Source of randomness.
        page: The page.
        config: How to cut.
    """
    cutting = cut_view(rng, page, config)
    image, found = _lived(cutting.image, cutting, config)
    mask, twin, of_twin = cutting.mask, None, None
    if cutting.twin is not None:
        twin, of_twin = _lived(cutting.twin, cutting, config)
        mask = with_ignored(mask, image, twin)
    y, x, size = cutting.y, cutting.x, config.size

    def crop(pixels: Image) -> Image:
        return np.flip(pixels[y : y + size, x : x + size], cutting.mirrored)

    def blocks(whole: Coefficients | None) -> Coefficients | None:
        return None if whole is None else cut_coefficients(whole, y, x, size, size)

    return CropView(
        crop(image),
        crop(mask),
        None if twin is None else crop(twin),
        blocks(found),
        blocks(of_twin),
    )


def _lived(image: Image, cutting: Cutting, config: ViewConfig) -> tuple[Image, Coefficients | None]:
    if config.dct_limit is None:
        return live(image, cutting.life), None
    return live_as_file(image, cutting.life, config.dct_limit, cutting.coefficients)


def cut_view(rng: np.random.Generator, page: StoredPage, config: ViewConfig) -> Cutting:
    """Draw and cut one window; nothing has happened to it yet."""
    page = at_least(page, config.size + SLACK)
    side = min(page.mask.shape)
    life = draw_after_life(rng, config.after_life, config.jpeg_only)
    life = life.shrinking_at_most((config.size + SLACK) / side)
    reach = min(side, int(np.ceil((config.size + SLACK) / life.scale)))
    left, top = corner(rng, page, reach, config.centered)
    window = (slice(top, top + reach), slice(left, left + reach))
    has_twin = page.has_twin and bool(page.mask[window].any())
    mask = live_mask(page.mask[window], life)
    step = BLOCK if config.on_grid else 1
    x = step * int(rng.integers(0, (mask.shape[1] - config.size) // step + 1))
    y = step * int(rng.integers(0, (mask.shape[0] - config.size) // step + 1))
    mirror = 0.0 if config.on_grid else config.mirror
    across, down = rng.random() < mirror, rng.random() < mirror
    mirrored = (0,) * down + (1,) * across
    twin = page.twin()[window] if has_twin else None
    own = page.coefficients
    if own is not None:
        own = cut_coefficients(own, top, left, reach, reach)
    return Cutting(page.image[window], twin, mask, life, x, y, mirrored, own)


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
    examples = take_examples(seed, step, pages, batch, config)
    return np.stack([one.image for one in examples]), np.stack([one.mask for one in examples])


def take_examples(
    seed: int, step: int, pages: Sequence[StoredPage], batch: int, config: ViewConfig
) -> list[CropView]:
    """Return the views of `take_batch` one by one, with coefficients where they are asked for."""
    rng = np.random.default_rng([seed, step])
    examples: list[CropView] = []
    while len(examples) < batch:
        view = take_view(rng, pages[int(rng.integers(len(pages)))], config)
        examples.append(view)
        # Side by side with its twin, an edit is all that a gradient can explain the labels by.
        if view.twin is not None and rng.random() < config.twins:
            examples.append(view.authentic())
    return examples[:batch]
