"""What an image may go through on its way: one harm at a time, in rising strength."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from train.evaluation.cases import Case
from train.synth.imageops import blurred, jpeg, noisy, resized, scaled_size
from train.synth.scene.base import Image

KindMask = npt.NDArray[np.uint8]
Harm = Callable[[Image, KindMask, int], tuple[Image, KindMask]]

SCREEN_SCALE = 0.8
SCREEN_QUALITY = 80


@dataclass(frozen=True)
class Degradation:
    """One strength of one harm.

    Attributes:
        family: What is done: `jpeg`, `resize`, `blur`, `noise` or `screenshot`.
        level: How much of it, in the words of tables.
        harm: Takes image, mask and a seed, and gives image and mask; `None` changes nothing.
    """

    family: str
    level: str
    harm: Harm | None

    def apply(self, case: Case, seed: int) -> Case:
        """Return the case as it arrives; the truth follows the geometry of the image.

        Args:
            case: The case as it left.
            seed: Of what is random.
        """
        if self.harm is None:
            return case
        image, mask = self.harm(case.image, case.mask, seed)
        return replace(case, image=image, mask=mask)


def saved_as_jpeg(quality: int) -> Harm:
    """Return a JPEG save with halved chroma, as most programs do."""
    return lambda image, mask, seed: (jpeg(image, quality), mask)


def resampled(factor: float) -> Harm:
    """Return a resampling: area means downwards, bicubic upwards; the mask by nearest neighbor."""

    def harm(image: Image, mask: KindMask, seed: int) -> tuple[Image, KindMask]:
        size = scaled_size(mask, factor)
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        return resized(image, size, how), resized(mask, size, cv2.INTER_NEAREST)

    return harm


def smoothed(sigma: float) -> Harm:
    """Return a Gaussian blur of the given sigma in pixels."""
    return lambda image, mask, seed: (blurred(image, sigma), mask)


def grained(sigma: float) -> Harm:
    """Return Gaussian noise of about the given sigma in gray levels."""
    return lambda image, mask, seed: (noisy(image, np.random.default_rng(seed), sigma), mask)


def grabbed(image: Image, mask: KindMask, seed: int) -> tuple[Image, KindMask]:
    """Show an image at 80 % by bilinear sampling, as a viewer does, grab it and send it as a JPEG.

    The grab itself is a PNG, which changes no pixel; sending makes a JPEG of quality 80 of it.
    """
    size = scaled_size(mask, SCREEN_SCALE)
    shown = resized(image, size, cv2.INTER_LINEAR)
    return jpeg(shown, SCREEN_QUALITY), resized(mask, size, cv2.INTER_NEAREST)


def _sweep(
    name: str, levels: Sequence[float], make: Callable[..., Harm]
) -> tuple[Degradation, ...]:
    return tuple(Degradation(name, f"{level:g}", make(level)) for level in levels)


DEGRADATIONS: tuple[Degradation, ...] = (
    Degradation("jpeg", "none", None),
    *_sweep("jpeg", (95, 85, 75, 65, 50), saved_as_jpeg),
    *_sweep("resize", (1.25,), resampled),
    Degradation("resize", "1", None),
    *_sweep("resize", (0.9, 0.75, 0.5), resampled),
    Degradation("blur", "0", None),
    *_sweep("blur", (0.5, 1, 1.5), smoothed),
    Degradation("noise", "0", None),
    *_sweep("noise", (2, 5, 10), grained),
    Degradation("screenshot", "no", None),
    Degradation("screenshot", "yes", grabbed),
)
"""All sweeps; each holds the image as it is."""
