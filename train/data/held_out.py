"""What a run is measured on: whole images with masks, none of which train."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forensics_rt.io.coefficients import Coefficients
from forensics_rt.io.pairs import LabeledImage
from train.data.pairs import load_page
from train.data.pool import PAGES_PER_SHARD, StoredPage, load_shard, save_shard
from train.synth.afterlife import draw_after_life, live, live_as_file, live_mask
from train.synth.finished import finished_page
from train.synth.labels import with_ignored
from train.synth.page import PageConfig
from train.synth.scene.base import Image
from train.synth.sources import Sources

SET_ASIDE = "set_aside.npz"
# Pages to measure on are numbered from here: no training gets so far, whatever its seed is.
_PAGES_FROM = 1 << 40


class Labeled(NamedTuple):
    """An image and its truth.

    Attributes:
        image: H×W×3 uint8 RGB.
        mask: H×W uint8.
        coefficients: Of its JPEG, for a network that reads them.
    """

    image: Image
    mask: npt.NDArray[np.uint8]
    coefficients: Coefficients | None = None


@dataclass(frozen=True)
class HeldOut:
    """Images to measure on, read or made one at a time.

    Attributes:
        load: Returns the image of a number and its truth.
        count: How many there are.
    """

    load: Callable[[int], Labeled]
    count: int

    def __iter__(self) -> Iterator[Labeled]:
        """Run through all of them."""
        return (self.load(index) for index in range(self.count))

    def limited(self, most: int) -> HeldOut:
        """Return at most so many of them, spread evenly; all where `most` is 0."""
        if not 0 < most < self.count:
            return self
        return HeldOut(lambda index: self.load(index * self.count // most), most)


def held_out_pairs(pairs: Sequence[LabeledImage], dct_limit: int | None = None) -> HeldOut:
    """Measure on real pairs, as they are; with coefficients clipped to ± a limit if it is given."""

    def load(index: int) -> Labeled:
        page = load_page(pairs[index], dct_limit=dct_limit)
        return Labeled(page.image, page.mask, page.coefficients)

    return HeldOut(load, len(pairs))


def held_out_synthetic(
    sources: Sources,
    config: PageConfig,
    seed: int,
    count: int,
    strength: float,
    dct_limit: int | None = None,
) -> HeldOut:
    """Measure on fresh pages.

    Args:
        sources: Raw material, the held-out part.
        config: What pages are like.
        seed: Seed of the pages.
        count: How many.
        strength: Of their after-life, 0 to 1.
        dct_limit: Give the coefficients of their files, too, clipped to ± so much.
    """

    def load(index: int) -> Labeled:
        page = finished_page(seed, _PAGES_FROM + index, sources, config, strength, dct_limit)
        return Labeled(page.image, page.mask, page.coefficients)

    return HeldOut(load, count)


def held_out_pages(
    pages: Sequence[StoredPage],
    seed: int,
    strength: float,
    jpeg_only: bool = False,
    dct_limit: int | None = None,
) -> HeldOut:
    """Measure on pages of a pool after an after-life; the seed decides which.

    Args:
        pages: Whole, before any after-life.
        seed: Of the after-lives.
        strength: Of them, 0 to 1.
        jpeg_only: Have all of them end with a JPEG save.
        dct_limit: Give the coefficients of the files, too, clipped to ± so much.
    """

    def load(index: int) -> Labeled:
        page, coefficients = pages[index], None
        life = draw_after_life(np.random.default_rng([seed, index, 1]), strength, jpeg_only)
        if dct_limit is None:
            image = live(page.image, life)
        else:
            image, coefficients = live_as_file(page.image, life, dct_limit)
        mask = with_ignored(live_mask(page.mask, life), image, live(page.twin(), life))
        return Labeled(image, mask, coefficients)

    return HeldOut(load, len(pages))


def set_aside(pool: Path, out: Path, count: int) -> tuple[list[StoredPage], frozenset[str]]:
    """Take the oldest shards of a pool out of training, for good.

    Their pages are kept in the folder of the run, so that it measures on the same ones after it
    was stopped, whatever the pool holds by then.

    Args:
        pool: Folder of the shards.
        out: Folder of the run.
        count: Pages to set aside.

    Returns:
        The pages, and the names of all shards that must not train.

    Raises:
        ValueError: If no shard would be left to train on.
    """
    kept = out / SET_ASIDE
    names = kept.with_suffix(".txt")
    if not names.is_file():
        shards = sorted(pool.glob("shard_*.npz"))
        chosen = shards[: -(-count // PAGES_PER_SHARD)]
        if not shards or len(shards) == len(chosen):
            raise ValueError(
                f"{pool} must hold more than {len(chosen)} shards, so that {count} pages can be "
                f"set aside for validation, but holds {len(shards)}; make more of them first, or "
                "set validation.pages to 0"
            )
        pages = [page for path in chosen for page in load_shard(path)][:count]
        out.mkdir(parents=True, exist_ok=True)
        save_shard(kept, pages)
        names.write_text("".join(f"{path.name}\n" for path in chosen), encoding="utf-8")
    return load_shard(kept), frozenset(names.read_text(encoding="utf-8").split())
