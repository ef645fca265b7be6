"""The third stage, second half: what happens to a forged file before anybody looks at it."""

from __future__ import annotations

from train.synth.afterlife.file import live_as_file
from train.synth.afterlife.history import AfterLife, live, live_mask
from train.synth.afterlife.lives import LIVES, draw_after_life

__all__ = ["LIVES", "AfterLife", "draw_after_life", "live", "live_as_file", "live_mask"]
