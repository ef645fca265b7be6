"""A sheet of paper that remembers where its words were written."""

from __future__ import annotations

import numpy as np
from PIL import Image as PilImage
from PIL import ImageDraw

from train.synth.scene.base import Image, Scene, Word
from train.synth.scene.fonts import load_font

Color = tuple[int, int, int]


class Sheet:
    """Draws text and keeps the box of each word.

    Example:
        >>> sheet = Sheet(np.full((64, 64, 3), 255, np.uint8))
        >>> sheet.scene("blank").words
        ()
    """

    def __init__(self, background: Image) -> None:
        """Lay out a sheet; the background is copied."""
        self.picture = PilImage.fromarray(background)
        self.draw = ImageDraw.Draw(self.picture)
        self.words: list[Word] = []

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.size

    def write(self, x: int, y: int, text: str, font: str, size: int, ink: Color) -> int:
        """Write one line and return the x where it ends.

        Args:
            x: Left edge.
            y: Upper edge of the em box.
            text: One line; spaces part the words.
            font: Font file.
            size: Size in pixels.
            ink: RGB color.

        Returns:
            x of the pen after the last character.
        """
        face = load_font(font, size)
        pen = float(x)
        space = face.getlength(" ")
        for token in text.split(" "):
            if not token:
                pen += space
                continue
            self.draw.text((round(pen), y), token, font=face, fill=ink)
            left, top, right, bottom = face.getbbox(token)
            box = (round(pen) + int(left), y + int(top), round(pen) + int(right), y + int(bottom))
            self._remember(box, token, font)
            pen += face.getlength(token) + space
        return round(pen)

    def paragraph(
        self,
        x: int,
        y: int,
        width: int,
        text: str,
        font: str,
        size: int,
        ink: Color,
        leading: float = 1.5,
    ) -> int:
        """Write text in lines of at most `width` pixels; return the y below the last one."""
        face = load_font(font, size)
        chinese = any(ord(c) > 0x2E80 for c in text)
        line = ""
        for token in list(text) if chinese else text.split(" "):
            trial = line + token if chinese else f"{line} {token}".strip()
            if line and face.getlength(trial) > width:
                self.write(x, y, line, font, size, ink)
                y += int(size * leading)
                line = token
            else:
                line = trial
            if y > self.size[1]:
                return y
        self.write(x, y, line, font, size, ink)
        return y + int(size * leading)

    def scene(self, origin: str) -> Scene:
        """Return what was drawn so far."""
        return Scene(np.array(self.picture), tuple(self.words), origin, real=False)

    def _remember(self, box: tuple[int, int, int, int], token: str, font: str) -> None:
        x0, y0, x1, y1 = box
        width, height = self.size
        if x1 - x0 < 4 or x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            return
        self.words.extend(_pieces(Word(x0, y0, x1, y1, token, font)))


def _pieces(word: Word) -> list[Word]:
    # Chinese runs carry no spaces: offer chunks of a few characters as words.
    if len(word.text) <= 8 or ord(word.text[0]) < 0x2E80:
        return [word]
    step = 5
    chunks = [word.text[i : i + step] for i in range(0, len(word.text), step)]
    per_char = word.width / len(word.text)
    return [
        Word(
            word.x0 + round(i * step * per_char),
            word.y0,
            word.x0 + round((i * step + len(chunk)) * per_char),
            word.y1,
            chunk,
            word.font,
        )
        for i, chunk in enumerate(chunks)
    ]
