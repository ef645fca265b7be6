"""A finished page: everything a page has been through, its after-life included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics_rt.io.coefficients import Coefficients
from forensics_rt.io.pairs import IGNORE
from train.synth.afterlife import draw_after_life, live, live_as_file, live_mask
from train.synth.forgery import kind_names
from train.synth.labels import with_ignored
from train.synth.page import PageConfig, make_page
from train.synth.scene.base import Image
from train.synth.sources import Sources


@dataclass(frozen=True)
class FinishedPage:
    """What somebody receives, and what is known of it.

    Attributes:
        image: H×W×3 uint8 RGB.
        mask: H×W uint8; 0 authentic, 1.. kind of edit, 255 nothing to learn.
        origin: Layout or file of the scene.
        real: True if the scene was a real scan or photograph.
        life: Name of the after-life, such as `none` or `jpeg`.
        ornaments: Honest things on it that look like forgeries.
        domain: `scan`, `photo`, `screen` or `digital`; empty where the origin says enough.
        coefficients: Of its file, where they were asked for.
    """

    image: Image
    mask: npt.NDArray[np.uint8]
    origin: str
    real: bool
    life: str
    ornaments: tuple[str, ...] = ()
    domain: str = ""
    coefficients: Coefficients | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the edits that left a trace in the mask, sorted."""
        numbers = [int(n) for n in np.unique(self.mask) if n not in (0, IGNORE)]
        names = kind_names()
        return tuple(sorted(names[n - 1] for n in numbers))


def finished_page(
    seed: int,
    index: int,
    sources: Sources,
    config: PageConfig,
    strength: float = 1.0,
    dct_limit: int | None = None,
) -> FinishedPage:
    """Make a page with its after-life; the same seed, index and sources give the same page.

    Args:
        seed: Seed of the collection.
        index: Number of the page in it.
        sources: Typefaces and scans.
        config: What pages are like.
        strength: Of the after-life, 0 (never any) to 1 (as in the wild).
        dct_limit: Give the coefficients of its file, too, clipped to ± so much.
    """
    page = make_page(seed, index, sources, config)
    rng = np.random.default_rng([seed, index, 1])
    life = draw_after_life(rng, strength, config.jpeg_only)
    mask, coefficients = live_mask(page.mask, life), None
    if dct_limit is None:
        image = live(page.image, life)
    else:
        image, coefficients = live_as_file(page.image, life, dct_limit)
    if mask.any():
        mask = with_ignored(mask, image, live(page.twin, life))
    return FinishedPage(
        image,
        mask,
        page.origin,
        page.real,
        life.name,
        page.ornaments,
        page.domain,
        coefficients,
    )
