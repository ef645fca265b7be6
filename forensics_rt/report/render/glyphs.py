"""Which characters the fonts of this machine can show: PDF/A allows no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from forensics_rt.report.text import ZERO_WIDTH_SPACE, written

_SOURCE = b"""
#set document(title: "characters")
#set text(lang: "en", font: ("Libertinus Serif",))
#for one in json(bytes(sys.inputs.characters)) [#one #parbreak()]
"""
# Halving finds each missing one in a few tries; a text made of nothing else is given up.
_MOST_TRIES = 500


class Glyphs:
    """Finds characters without a glyph by laying out each once.

    Args:
        typst: The package.
        fonts: Its fonts and those of the system.
        date: Of the report.

    Attributes:
        missing: Characters that no font has.
    """

    def __init__(self, typst: Any, fonts: Any, date: datetime) -> None:
        """Try nothing yet."""
        self.missing: set[str] = set()
        self._typst = typst
        self._compiler = typst.Compiler(font_paths=fonts)
        self._date = date
        self._tries = 0

    def only_shown(self, data: Any) -> Any:
        """Return data in which characters without a glyph are written as their numbers."""
        found = {letter for text in _texts(data) for letter in text if not letter.isascii()}
        self._search(sorted(found - {ZERO_WIDTH_SPACE}))
        return self._replaced(data) if self.missing else data

    def _search(self, letters: list[str]) -> None:
        if not letters or self._shows(letters):
            return
        if len(letters) == 1 or self._tries > _MOST_TRIES:
            self.missing.update(letters)
            return
        middle = len(letters) // 2
        self._search(letters[:middle])
        self._search(letters[middle:])

    def _shows(self, letters: list[str]) -> bool:
        self._tries += 1
        try:
            # The source each time: a compiler that was made with one forgets it (typst 0.15.2).
            self._compiler.compile(
                _SOURCE,
                format="pdf",
                sys_inputs={"characters": json.dumps(letters)},
                pdf_standards=["a-2a", "ua-1"],
                timestamp=self._date,
            )
        except self._typst.TypstError:
            return False
        return True

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, str):
            return "".join(written(one) if one in self.missing else one for one in value)
        if isinstance(value, dict):
            return {key: self._replaced(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._replaced(one) for one in value]
        return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
