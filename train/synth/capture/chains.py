"""Which steps a capture is made of, and how often each of them happens."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from train.synth.capture.geometry import perspective, rescale, show_on_screen
from train.synth.capture.media import print_and_scan, save
from train.synth.capture.optics import blur, light, moire, shadow
from train.synth.capture.sensor import fade, grain, harden, sharpen, tone
from train.synth.scene.base import Scene

CaptureStep = Callable[[np.random.Generator, Scene], Scene]
Chain = tuple[tuple[float, CaptureStep], ...]
"""Chance and step, in the order of a real capture."""

DRAWN: Chain = (
    (0.1, print_and_scan),
    (0.65, perspective),
    (0.6, light),
    (0.12, shadow),
    (0.07, moire),
    (0.75, blur),
    (0.8, grain),
    (0.4, sharpen),
    (0.3, tone),
    (0.05, fade),
    (0.06, harden),
    (0.8, save),
)
"""For pages drawn by the computer: printed and photographed or scanned."""

SCREEN: Chain = (
    (0.5, show_on_screen),
    (0.15, tone),
    (0.75, save),
)
"""For what never left a screen."""

REAL: Chain = (
    (0.35, rescale),
    (0.12, light),
    (0.06, shadow),
    (0.03, moire),
    (0.08, blur),
    (0.2, grain),
    (0.15, sharpen),
    (0.3, tone),
    (0.05, fade),
    (0.08, harden),
    (0.35, save),
)
"""For pages that a scanner or a camera has seen already."""

DIGITAL: Chain = (
    (0.1, rescale),
    (0.1, tone),
    (0.5, save),
)
"""For pages that a computer drew and nobody printed."""

SCREEN_SHARE = 0.1
PRINTED_SHARE = 0.35
"""Share of the pages drawn by a computer that somebody printed and scanned or photographed."""


def captured(rng: np.random.Generator, scene: Scene, jpeg_only: bool = False) -> Scene:
    """Send a scene through the steps that fit its origin; some drawn pages stay on the screen.

    Args:
        rng: Source of randomness.
        scene: What is captured.
        jpeg_only: Save it as a JPEG at the end in any case.
    """
    if scene.domain == "screen":
        chain = SCREEN
    elif scene.domain == "digital":
        chain = DRAWN if rng.random() < PRINTED_SHARE else DIGITAL
    elif scene.real:
        chain = REAL
    elif scene.origin == "screen" or rng.random() < SCREEN_SHARE:
        chain = SCREEN
    else:
        chain = DRAWN
    for chance, step in chain:
        if rng.random() < chance or (jpeg_only and step is save):
            scene = step(rng, scene)
    return scene
