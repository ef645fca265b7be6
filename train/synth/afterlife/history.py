"""A history of a file: steps that are drawn first and applied afterwards.

So the forged picture and its authentic twin can live through exactly the same one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import cv2
import numpy as np
import numpy.typing as npt

from train.synth.imageops import blurred, jpeg, noisy, resized, scaled_size
from train.synth.scene.base import Image


@dataclass(frozen=True)
class Rescale:
    """A change of resolution.

    Attributes:
        scale: Factor, above 0.
        interpolation: Of OpenCV.
    """

    scale: float
    interpolation: int = cv2.INTER_AREA

    def on(self, image: Image) -> Image:
        """Return the image at its new size."""
        return resized(image, self.size(image), self.interpolation)

    def size(self, image: npt.NDArray[np.uint8]) -> tuple[int, int]:
        """Return width and height after the step."""
        return scaled_size(image, self.scale)


@dataclass(frozen=True)
class CutOff:
    """Pixels cut from the left and the top; what follows lies off the old 8×8 grid."""

    left: int
    top: int

    def on(self, image: Image) -> Image:
        """Return the rest of the image."""
        return np.ascontiguousarray(image[self.top :, self.left :])


@dataclass(frozen=True)
class Soften:
    """A Gaussian blur of `sigma` pixels."""

    sigma: float

    def on(self, image: Image) -> Image:
        """Return the blurred image."""
        return blurred(image, self.sigma)


@dataclass(frozen=True)
class Sharpen:
    """An unsharp mask, as messengers apply after shrinking."""

    gain: float

    def on(self, image: Image) -> Image:
        """Return the sharpened image."""
        return np.asarray(cv2.addWeighted(image, 1 + self.gain, blurred(image, 1.0), -self.gain, 0))


@dataclass(frozen=True)
class Noise:
    """Gaussian noise of `sigma` gray levels."""

    sigma: float
    seed: int

    def on(self, image: Image) -> Image:
        """Return the noisy image."""
        return noisy(image, np.random.default_rng(self.seed), self.sigma)


@dataclass(frozen=True)
class Save:
    """A JPEG save.

    Attributes:
        quality: 1..100, libjpeg scale.
        subsample: True for 4:2:0 chroma, False for 4:4:4.
    """

    quality: int
    subsample: bool = True

    def on(self, image: Image) -> Image:
        """Return the image as decoded again."""
        return jpeg(image, self.quality, self.subsample)


LifeStep = Rescale | CutOff | Soften | Sharpen | Noise | Save


@dataclass(frozen=True)
class AfterLife:
    """One history of a file.

    Attributes:
        name: The kind of history it belongs to.
        steps: What happened, in order.
    """

    name: str = "none"
    steps: tuple[LifeStep, ...] = ()

    @property
    def scale(self) -> float:
        """Size afterwards over size before."""
        return prod(step.scale for step in self.steps if isinstance(step, Rescale))

    @property
    def saved(self) -> bool:
        """True if what it leaves is a JPEG."""
        return bool(self.steps) and isinstance(self.steps[-1], Save)

    def without_last(self) -> AfterLife:
        """Return the history up to its last step."""
        return replace(self, steps=self.steps[:-1])

    def shrinking_at_most(self, least: float) -> AfterLife:
        """Return the history with its scale raised to `least` if it is smaller."""
        if self.scale >= min(least, 1.0):
            return self
        gain = (min(least, 1.0) / self.scale) ** (
            1 / sum(isinstance(s, Rescale) for s in self.steps)
        )
        steps = (
            replace(step, scale=step.scale * gain) if isinstance(step, Rescale) else step
            for step in self.steps
        )
        return replace(self, steps=tuple(steps))


def live(image: Image, life: AfterLife) -> Image:
    """Return a picture (H×W×3 uint8 RGB) as it is after a history."""
    for step in life.steps:
        image = step.on(image)
    return image


def live_mask(mask: npt.NDArray[np.uint8], life: AfterLife) -> npt.NDArray[np.uint8]:
    """Carry an H×W label map through the geometry of a history."""
    for step in life.steps:
        if isinstance(step, Rescale):
            mask = resized(mask, step.size(mask), cv2.INTER_NEAREST)
        elif isinstance(step, CutOff):
            mask = np.ascontiguousarray(mask[step.top :, step.left :])
    return mask
