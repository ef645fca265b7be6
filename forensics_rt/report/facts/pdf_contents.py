"""What lies on the pages of a PDF: fonts, images and annotations, each counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from forensics_rt.report.facts.fact import shortened

_DEEPEST = 8
_MOST_PARENTS = 32
_FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")


class PageContents:
    """Counts what pages hold.

    Attributes:
        fonts: Whether it is embedded, by name.
        images: How many there are, by coding.
        annotations: How many there are, by kind.
    """

    def __init__(self) -> None:
        """Count nothing yet."""
        self.fonts: dict[str, bool] = {}
        self.images: Counter[str] = Counter()
        self.annotations: Counter[str] = Counter()
        self._seen: set[tuple[int, int]] = set()

    def take_page(self, page: Any) -> None:
        """Count what a page holds, a dictionary of pikepdf's."""
        self._take_resources(_resources(page), 0)
        for annotation in items(page.get("/Annots")):
            kind = entries(annotation).get("/Subtype", "unknown")
            self.annotations[str(kind).lstrip("/")] += 1

    def _take_resources(self, resources: Any, depth: int) -> None:
        for font in entries(entries(resources).get("/Font")).values():
            self._take_font(entries(font))
        for thing in entries(entries(resources).get("/XObject")).values():
            if thing.objgen in self._seen or depth > _DEEPEST:
                continue
            self._seen.add(thing.objgen)
            said = entries(thing)
            if said.get("/Subtype") == "/Image":
                self.images[_coding(said.get("/Filter"))] += 1
            elif said.get("/Subtype") == "/Form":
                self._take_resources(said.get("/Resources"), depth + 1)

    def _take_font(self, font: Mapping[str, Any]) -> None:
        parts = [font, *map(entries, items(font.get("/DescendantFonts")))]
        described = [entries(one.get("/FontDescriptor")) for one in parts]
        inside = any(key in one for one in described for key in _FONT_FILES)
        name = shortened(str(font.get("/BaseFont", "unnamed")).lstrip("/"), 80)
        self.fonts[name] = inside or font.get("/Subtype") == "/Type3"


def images_of(page: Any) -> list[Any]:
    """Return the images that a page paints directly, streams of pikepdf's."""
    painted = entries(entries(_resources(page)).get("/XObject")).values()
    return [one for one in painted if entries(one).get("/Subtype") == "/Image"]


def entries(found: Any) -> Mapping[str, Any]:
    """Return the entries of a dictionary or stream of pikepdf's; of anything else, none."""
    from pikepdf import Dictionary, Stream

    return dict(found.items()) if isinstance(found, (Dictionary, Stream)) else {}


def items(found: Any) -> list[Any]:
    """Return the items of an array of pikepdf's; of anything else, none."""
    from pikepdf import Array

    return list(found) if isinstance(found, Array) else []


def _coding(filters: Any) -> str:
    named = items(filters) or ([] if filters is None else [filters])
    return " ".join(str(one).lstrip("/") for one in named) or "none"


def _resources(page: Any) -> Any:
    for _ in range(_MOST_PARENTS):
        said = entries(page)
        if "/Resources" in said:
            return said["/Resources"]
        page = said.get("/Parent")
    return None
