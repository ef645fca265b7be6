"""Simple means by which somebody may try to get a forged page past the networks."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from train.evaluation.degradations import (
    Degradation,
    Harm,
    KindMask,
    grabbed,
    grained,
    resampled,
    saved_as_jpeg,
)
from train.synth.capture.geometry import hand_held
from train.synth.capture.media import print_and_scan
from train.synth.capture.optics import blur, light
from train.synth.capture.sensor import grain
from train.synth.imageops import jpeg
from train.synth.scene.base import Image, Scene

_SENT_QUALITY = 88
_BORDER = cv2.BORDER_REFLECT


def rotated(degrees: float) -> Harm:
    """Return a turn about the middle, bicubic, without a change of size."""

    def harm(image: Image, mask: KindMask, seed: int) -> tuple[Image, KindMask]:
        height, width = mask.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        warp = np.vstack([turn, [0.0, 0.0, 1.0]])
        return _warped(image, mask, warp)

    return harm


def photographed(image: Image, mask: KindMask, seed: int) -> tuple[Image, KindMask]:
    """Photograph the page from a hand: perspective, uneven light, blur, grain, a JPEG save."""
    rng = np.random.default_rng(seed)
    moved, where = _warped(image, mask, hand_held(rng, *mask.shape))
    scene = Scene(moved, (), "attack", True)
    for step in (light, blur, grain):
        scene = step(rng, scene)
    return jpeg(scene.image, _SENT_QUALITY), where


def printed_and_scanned(image: Image, mask: KindMask, seed: int) -> tuple[Image, KindMask]:
    """Print with a dot screen, scan, and save as JPEG; nothing moves."""
    rng = np.random.default_rng(seed)
    scene = print_and_scan(rng, Scene(image, (), "attack", True))
    return jpeg(scene.image, _SENT_QUALITY), mask


def _warped(image: Image, mask: KindMask, warp: npt.NDArray[np.float64]) -> tuple[Image, KindMask]:
    size = mask.shape[1], mask.shape[0]
    moved = cv2.warpPerspective(image, warp, size, flags=cv2.INTER_CUBIC, borderMode=_BORDER)
    where = cv2.warpPerspective(mask, warp, size, flags=cv2.INTER_NEAREST, borderMode=_BORDER)
    return np.asarray(moved, np.uint8), np.asarray(where, np.uint8)


ATTACKS: tuple[Degradation, ...] = (
    Degradation("nothing", "", None),
    Degradation("JPEG quality", "90", saved_as_jpeg(90)),
    Degradation("JPEG quality", "70", saved_as_jpeg(70)),
    Degradation("JPEG quality", "50", saved_as_jpeg(50)),
    Degradation("resized by", "0.75", resampled(0.75)),
    Degradation("resized by", "0.5", resampled(0.5)),
    Degradation("rotated by", "1°", rotated(1.0)),
    Degradation("noise, sigma", "3", grained(3.0)),
    Degradation("screenshot", "", grabbed),
    Degradation("printed and scanned", "", printed_and_scanned),
    Degradation("photographed", "", photographed),
)
"""What anybody can do who does not know the network. The first one changes nothing."""
