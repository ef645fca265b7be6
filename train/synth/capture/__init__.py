"""The second stage: what a camera, a scanner or a reprint does to a document.

Every step works on the whole page, so that forged and authentic pixels share one history.
"""

from __future__ import annotations

from train.synth.capture.chains import captured
from train.synth.capture.geometry import scaled_scene

__all__ = ["captured", "scaled_scene"]
