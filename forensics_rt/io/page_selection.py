"""Which pages of a file are wanted, as people write it: `1-3,7`, `5-`, `last`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forensics_rt.errors import PageSelectionError

_PART = re.compile(r"(?P<first>\d{1,9})(?P<to>-(?P<last>\d{1,9})?)?|last", re.ASCII)


@dataclass(frozen=True)
class PageSelection:
    """Pages by number.

    Attributes:
        spans: First and last page, from 1; a last of `None` for all that follow, and (`None`,
            `None`) for the last page, whichever it is.
        text: How it was written.

    Example:
        >>> PageSelection.parse("1-3,7").of(10)
        ([1, 2, 3, 7], [])
        >>> PageSelection.parse("3,2-").of(4), PageSelection.parse("2-9,last").of(4)
        (([2, 3, 4], []), ([2, 3, 4], [5]))
    """

    spans: tuple[tuple[int | None, int | None], ...]
    text: str

    @classmethod
    def parse(cls, text: str) -> PageSelection:
        """Read numbers and ranges, with commas between them.

        Raises:
            PageSelectionError: If it is anything else, or a range runs backwards.
        """
        return cls(tuple(_span(part.strip(), text) for part in text.split(",")), text)

    def of(self, pages: int) -> tuple[list[int], list[int]]:
        """Return which pages of a file are wanted.

        Args:
            pages: How many it has.

        Returns:
            Those that it has, each once and in order; and of each span that reaches further, the
            first page that is missing.
        """
        there: set[int] = set()
        missing: set[int] = set()
        for first, last in self.spans:
            start, end = first or pages, last or pages
            there.update(range(start, min(end, pages) + 1))
            if max(start, end) > pages:
                missing.add(max(start, pages + 1))
        return sorted(there), sorted(missing)


def _span(part: str, text: str) -> tuple[int | None, int | None]:
    found = _PART.fullmatch(part)
    if found is None:
        raise _refused(text, part)
    if found["first"] is None:
        return None, None
    first = int(found["first"])
    last = None if found["to"] and found["last"] is None else int(found["last"] or first)
    if first < 1 or (last is not None and last < first):
        raise _refused(text, part)
    return first, last


def _refused(text: str, part: str) -> PageSelectionError:
    return PageSelectionError(
        f"pages must be numbers from 1 on, rising ranges, or last, separated by commas, such as "
        f"1-3,7 or 5- (page 5 and all after it), "
        f"got {text!r}: {part!r} is none of these"
    )
