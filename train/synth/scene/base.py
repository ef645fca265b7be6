"""What a scene is: a picture of a document and the places of its words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""H×W×3, RGB, 0..255."""


@dataclass(frozen=True)
class Word:
    """A word on a page; the box is half-open, in pixels.

    Attributes:
        x0: Left edge.
        y0: Upper edge.
        x1: Right edge, exclusive.
        y1: Lower edge, exclusive.
        text: What it says; empty where nobody knows.
        font: File of the typeface it was rendered with; empty for real scans.
    """

    x0: int
    y0: int
    x1: int
    y1: int
    text: str = ""
    font: str = ""

    @property
    def width(self) -> int:
        """Width of the box in pixels."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Height of the box in pixels."""
        return self.y1 - self.y0

    def moved(self, dx: int, dy: int) -> Word:
        """Return the word shifted by whole pixels."""
        return replace(self, x0=self.x0 + dx, x1=self.x1 + dx, y0=self.y0 + dy, y1=self.y1 + dy)


@dataclass(frozen=True)
class Scene:
    """An authentic document.

    Attributes:
        image: H×W×3 uint8 RGB.
        words: Words that lie inside the image.
        origin: Name of the layout, or file name of a real scan.
        real: True if the pixels come from a real scan or photograph.
        ornaments: Honest things drawn on it that look like forgeries.
        domain: `scan`, `photo`, `screen` or `digital`; empty where a layout's name says enough.
    """

    image: Image
    words: tuple[Word, ...]
    origin: str
    real: bool
    ornaments: tuple[str, ...] = ()
    domain: str = ""


def crop_scene(scene: Scene, x: int, y: int, width: int, height: int) -> Scene:
    """Cut a window out of a scene; words that leave the window are dropped.

    Args:
        scene: Scene at least as large as the window.
        x: Left edge of the window.
        y: Upper edge of the window.
        width: Width of the window.
        height: Height of the window.

    Returns:
        The window with its words in its own coordinates.

    Raises:
        ValueError: If the window does not lie inside the scene.
    """
    full_height, full_width = scene.image.shape[:2]
    if x < 0 or y < 0 or x + width > full_width or y + height > full_height:
        raise ValueError(
            f"window must lie inside the {full_width}x{full_height} scene, "
            f"but got {width}x{height} at ({x}, {y})"
        )
    words = tuple(
        word.moved(-x, -y)
        for word in scene.words
        if word.x0 >= x and word.y0 >= y and word.x1 <= x + width and word.y1 <= y + height
    )
    image = np.ascontiguousarray(scene.image[y : y + height, x : x + width])
    return replace(scene, image=image, words=words)
