"""Typefaces: found in folders, split into training and held-out ones, loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import ImageFont

from train.synth.split import part_of

_SUFFIXES = {".ttf", ".ttc", ".otf"}
_UNFIT = ("Thin", "Hairline", "Math", "_K.", "Black", "RZ")
_CHINESE = "的照证"
_LATIN = "AQagz0189.,:-/$"
HELD_OUT_PERCENT = 15


@dataclass(frozen=True)
class FontBook:
    """Typefaces to write with.

    Attributes:
        chinese: Files that hold Chinese glyphs.
        latin: Files for Latin text.
    """

    chinese: tuple[str, ...]
    latin: tuple[str, ...]

    def pick(self, rng: np.random.Generator, chinese: bool) -> str:
        """Return the file of a random typeface for a script."""
        files = self.chinese if chinese else self.latin
        return files[int(rng.integers(len(files)))]

    def other(self, rng: np.random.Generator, font: str, text: str) -> str:
        """Return a typeface for `text`, mostly `font` itself if it has one."""
        if font and rng.random() < 0.7:
            return font
        return self.pick(rng, any(ord(c) > 0x2E80 for c in text))


@lru_cache(maxsize=256)
def load_font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """Open a typeface at a size in pixels, once per process.

    Raises:
        ValueError: If the file is no typeface.
    """
    try:
        return ImageFont.truetype(path, size)
    except OSError as error:
        raise _broken(path, error) from error


def draws(path: str, characters: str) -> bool:
    """Tell whether a font file has a glyph of its own for every one of some characters.

    Raises:
        ValueError: If the file is no typeface, or one of its glyphs is broken.
    """
    font = load_font(path, 24)
    try:
        missing = bytes(font.getmask("\ufffe"))
        return all(bytes(font.getmask(char)) not in (missing, b"") for char in characters)
    except OSError as error:
        raise _broken(path, error) from error


def find_fonts(folders: Iterable[str | Path], held_out: bool | None) -> FontBook:
    """Collect the typefaces below some folders.

    Args:
        folders: Where to look, with their subfolders.
        held_out: True for the held-out part, False for the training part, None for both.

    Returns:
        The typefaces; sorted, so that a seed means the same page everywhere.

    Raises:
        ValueError: If a file is no typeface, or a script has none left.
    """
    files = sorted(
        {str(p) for f in folders for p in Path(f).rglob("*") if p.suffix.lower() in _SUFFIXES},
        key=lambda p: (Path(p).name, p),
    )
    usable = [p for p in files if not any(part in Path(p).name for part in _UNFIT)]
    with_chinese = {p for p in usable if draws(p, _CHINESE)}
    chinese = _part([p for p in usable if p in with_chinese], held_out)
    # Many files hold another script alone: a page set in them would be rows of empty boxes.
    latin = _part([p for p in usable if p not in with_chinese and draws(p, _LATIN)], held_out)
    if not chinese or not latin:
        raise ValueError(
            "fonts must include Chinese and Latin typefaces, but got "
            f"{len(chinese)} and {len(latin)}; name more folders"
        )
    return FontBook(tuple(chinese), tuple(latin))


def _broken(path: str, error: OSError) -> ValueError:
    return ValueError(
        f"{path} must be a font file, but cannot be read: {error}; take it out of the folder"
    )


def _part(files: Sequence[str], held_out: bool | None) -> list[str]:
    # A single typeface has to serve both parts.
    return part_of(files, held_out, HELD_OUT_PERCENT) or list(files)
