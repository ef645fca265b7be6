"""What every edit works on: a canvas that keeps the picture, the mask and the donors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from train.synth.scene.base import Image, Scene, Word
from train.synth.scene.fonts import FontBook

EditBox = tuple[int, int, int, int]
"""x0, y0, x1, y1, half-open."""


@dataclass(frozen=True)
class Hands:
    """The programs of the people who edit.

    Attributes:
        rasterizers: Names in `RASTERIZERS`; one of them draws each text.
        erasers: Names in `ERASERS`; one of them makes each word disappear.
    """

    rasterizers: tuple[str, ...]
    erasers: tuple[str, ...]


@dataclass
class Canvas:
    """A page under an editor's hands.

    Attributes:
        image: H×W×3 uint8 RGB, changed in place by edits.
        mask: H×W uint8, 0 authentic, else the number of the edit's kind.
        words: Words nobody has edited yet.
        fonts: Typefaces to write with.
        donor: Another document or photograph to take pieces from.
        hands: Programs that edit; `None` for one rasterizer and the four oldest erasers.
    """

    image: Image
    words: list[Word]
    fonts: FontBook
    donor: Scene
    hands: Hands | None = None
    mask: npt.NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        """Start with an empty mask."""
        self.mask = np.zeros(self.image.shape[:2], np.uint8)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])


@dataclass(frozen=True)
class Touched:
    """Where an edit changed the page.

    Attributes:
        box: Bounding box.
        shape: Bool array of the size of the box, or None for the whole box.
        erased: True if the edit only laid paper over something.
    """

    box: EditBox
    shape: npt.NDArray[np.bool_] | None = None
    erased: bool = False


Edit = Callable[[np.random.Generator, Canvas], "Touched | None"]
"""Changes the canvas image and says where; None if the page has no place for it."""


def clip_box(canvas: Canvas, box: tuple[float, float, float, float], pad: int = 0) -> EditBox:
    """Return the box grown by `pad` and cut at the borders of the page."""
    return (
        max(0, int(box[0]) - pad),
        max(0, int(box[1]) - pad),
        min(canvas.width, int(np.ceil(box[2])) + pad),
        min(canvas.height, int(np.ceil(box[3])) + pad),
    )


def union(a: EditBox, b: EditBox) -> EditBox:
    """Return the smallest box around two boxes."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def is_free(canvas: Canvas, box: EditBox) -> bool:
    """Tell whether a box lies inside the page and touches no earlier edit."""
    inside = box[0] >= 0 and box[1] >= 0 and box[2] <= canvas.width and box[3] <= canvas.height
    if not inside or box[2] - box[0] < 4 or box[3] - box[1] < 4:
        return False
    return not canvas.mask[box[1] : box[3], box[0] : box[2]].any()


def pick_word(
    rng: np.random.Generator, canvas: Canvas, least: int = 9, partly: float = 0.3
) -> Word | None:
    """Return a word no edit has touched; sometimes only some of its letters.

    Args:
        rng: Source of randomness.
        canvas: The page.
        least: Smallest height in pixels.
        partly: Chance that only a part of a long word is taken.
    """
    for _ in range(12):
        if not canvas.words:
            return None
        word = canvas.words[int(rng.integers(len(canvas.words)))]
        if word.height < least or not is_free(canvas, clip_box(canvas, word_box(word), 2)):
            continue
        if word.width > 3 * word.height and rng.random() < partly:
            word = _part(rng, word)
        return word
    return None


def word_box(word: Word) -> EditBox:
    """Return the box of a word as a tuple."""
    return word.x0, word.y0, word.x1, word.y1


def _part(rng: np.random.Generator, word: Word) -> Word:
    width = int(word.width * rng.uniform(0.3, 0.7))
    start = word.x0 + int(rng.integers(0, word.width - width + 1))
    chars = len(word.text)
    first = int(chars * (start - word.x0) / word.width)
    last = max(first + 1, round(chars * (start + width - word.x0) / word.width))
    return Word(start, word.y0, start + width, word.y1, word.text[first:last], word.font)


@dataclass(frozen=True)
class InkModel:
    """Colors inside a box.

    Attributes:
        ink: Mean RGB of the strokes.
        paper: Median RGB of the background.
        cover: Bool array, where strokes lie.
    """

    ink: npt.NDArray[np.float32]
    paper: npt.NDArray[np.float32]
    cover: npt.NDArray[np.bool_]


def ink_model(image: Image, box: EditBox) -> InkModel | None:
    """Split a box into strokes and paper by Otsu's threshold; the rarer class is the ink.

    Returns:
        The colors, or None where the box holds a single tone.
    """
    patch = image[box[1] : box[3], box[0] : box[2]]
    gray = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY)
    level, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = gray <= level
    cover = dark if dark.mean() <= 0.5 else ~dark
    if cover.sum() < 8 or (~cover).sum() < 8:
        return None
    inked, blank = patch[cover], patch[~cover]
    paper = np.median(blank, axis=0)
    distance = np.abs(inked.astype(np.float32) - paper).sum(1)
    core = inked[distance >= np.quantile(distance, 0.6)]
    return InkModel(core.mean(0).astype(np.float32), paper.astype(np.float32), cover)
