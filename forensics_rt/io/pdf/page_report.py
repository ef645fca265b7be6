"""What a PDF page shows and hides beside the pixels that are examined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PixelBox = tuple[int, int, int, int]
PointBox = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]
PageSource = Literal["stored", "composed", "drawn"]


@dataclass(frozen=True)
class PagePart:
    """Something that lies on a page.

    Attributes:
        kind: What it is, such as `text`, `line`, `image`, `annotation` or `crop`.
        box: (left, top, width, height) in pixels of the examined image, from its upper left corner;
            of what the page does not show it may lie outside.
        page_box: (left, bottom, right, top) in the units of the page, y upwards, as PDF
            annotations have it.
    """

    kind: str
    box: PixelBox
    page_box: PointBox


@dataclass(frozen=True)
class PageReport:
    """Where the examined pixels of a PDF page come from, and what else is there.

    Attributes:
        source: `stored`: the samples of one image, as stored; `composed`: samples as stored, with
            what lies over or beside them drawn; `drawn`: all of it drawn.
        density: Examined pixels per inch of the page, across and down.
        to_page: (a, b, c, d, e, f): pixel (x, y), y downwards, lies at (a·x + c·y + e,
            b·x + d·y + f) in the units of the page, y upwards.
        overlays: What is painted after the scan and can be seen.
        hidden: What the file holds and the page does not show.
        differences: Where the page does not show a scan as it is stored.
    """

    source: PageSource
    density: tuple[float, float]
    to_page: Matrix
    overlays: tuple[PagePart, ...] = ()
    hidden: tuple[PagePart, ...] = ()
    differences: tuple[PagePart, ...] = ()
