"""The third stage, first half: edits, and the registry that numbers their kinds."""

from __future__ import annotations

from train.synth.forgery.base import Canvas, Edit, Hands, Touched
from train.synth.forgery.conceal import brush, mosaic, smear
from train.synth.forgery.copy_move import copy_word, cut_glyphs
from train.synth.forgery.digits import swap_digits
from train.synth.forgery.removal import removal
from train.synth.forgery.retouch import sharpen_stretch, soften_stretch
from train.synth.forgery.retype import add_text, retype
from train.synth.forgery.rows import move_row
from train.synth.forgery.smooth_fill import smooth_fill
from train.synth.forgery.splice import splice_object, splice_word
from train.synth.forgery.stamp import paste_signature, stamp

EDITS: dict[str, tuple[float, Edit]] = {
    "retype": (0.22, retype),
    "add_text": (0.07, add_text),
    "copy_move": (0.13, copy_word),
    "glyphs": (0.08, cut_glyphs),
    "splice": (0.08, splice_word),
    "object": (0.05, splice_object),
    "removal": (0.11, removal),
    "mosaic": (0.06, mosaic),
    "blur": (0.04, smear),
    "brush": (0.04, brush),
    "stamp": (0.03, stamp),
    "signature": (0.02, paste_signature),
    "sharpen": (0.02, sharpen_stretch),
    "soften": (0.02, soften_stretch),
    "smooth_fill": (0.05, smooth_fill),
    "digits": (0.16, swap_digits),
    "row": (0.05, move_row),
}
"""Kind → weight and function. The number of a kind in a mark map is its place, from 1."""

OLDEST_KINDS = 15
"""How many of them, from the first, a page has whose config names no rasterizers."""

KINDS: tuple[str, ...] = tuple(EDITS)

__all__ = ["EDITS", "KINDS", "OLDEST_KINDS", "Canvas", "Edit", "Hands", "Touched"]
