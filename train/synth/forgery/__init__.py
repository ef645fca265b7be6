"""The third stage, first half: edits, and the registry that numbers their kinds."""

from __future__ import annotations

from train.synth.forgery.base import Canvas, Edit, Touched
from train.synth.forgery.conceal import brush, mosaic, smear
from train.synth.forgery.copy_move import copy_word, cut_glyphs
from train.synth.forgery.removal import removal
from train.synth.forgery.retype import add_text, retype
from train.synth.forgery.splice import splice_object, splice_word
from train.synth.forgery.stamp import stamp

EDITS: dict[str, tuple[float, Edit]] = {
    "retype": (0.24, retype),
    "add_text": (0.08, add_text),
    "copy_move": (0.14, copy_word),
    "glyphs": (0.1, cut_glyphs),
    "splice": (0.08, splice_word),
    "object": (0.05, splice_object),
    "removal": (0.12, removal),
    "mosaic": (0.05, mosaic),
    "blur": (0.05, smear),
    "brush": (0.05, brush),
    "stamp": (0.04, stamp),
}
"""Kind → weight and function. The number of a kind in a mark map is its place, from 1."""

KINDS: tuple[str, ...] = tuple(EDITS)

__all__ = ["EDITS", "KINDS", "Canvas", "Edit", "Touched"]
