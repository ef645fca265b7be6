"""The third stage, first half: edits, and the registry that numbers their kinds.

A new kind is a function in a file of its own, and a row at the end of `FORGERY_KINDS`.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class ForgeryKind:
    """An edit, and how often it is made.

    Attributes:
        weight: Relative to the other kinds.
        edit: Makes it.
        always: Whether pages have it whose config names no rasterizers: they are those of earlier
            versions to the bit, so no new kind is among them.
    """

    weight: float
    edit: Edit
    always: bool = False


FORGERY_KINDS: dict[str, ForgeryKind] = {
    "retype": ForgeryKind(0.22, retype, always=True),
    "add_text": ForgeryKind(0.07, add_text, always=True),
    "copy_move": ForgeryKind(0.13, copy_word, always=True),
    "glyphs": ForgeryKind(0.08, cut_glyphs, always=True),
    "splice": ForgeryKind(0.08, splice_word, always=True),
    "object": ForgeryKind(0.05, splice_object, always=True),
    "removal": ForgeryKind(0.11, removal, always=True),
    "mosaic": ForgeryKind(0.06, mosaic, always=True),
    "blur": ForgeryKind(0.04, smear, always=True),
    "brush": ForgeryKind(0.04, brush, always=True),
    "stamp": ForgeryKind(0.03, stamp, always=True),
    "signature": ForgeryKind(0.02, paste_signature, always=True),
    "sharpen": ForgeryKind(0.02, sharpen_stretch, always=True),
    "soften": ForgeryKind(0.02, soften_stretch, always=True),
    "smooth_fill": ForgeryKind(0.05, smooth_fill, always=True),
    "digits": ForgeryKind(0.16, swap_digits),
    "row": ForgeryKind(0.05, move_row),
}
"""Name → kind. The number of a kind in a mask is its place, from 1, so rows are only added."""


def kind_names() -> tuple[str, ...]:
    """Return the names of the kinds, in the order of their numbers."""
    return tuple(FORGERY_KINDS)


__all__ = [
    "FORGERY_KINDS",
    "Canvas",
    "Edit",
    "ForgeryKind",
    "Hands",
    "Touched",
    "kind_names",
]
