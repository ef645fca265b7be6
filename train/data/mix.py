"""Several sources of pages as one, each drawn from as often as its weight says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Protocol

from train.data.pool import StoredPage

# A position in a mix is a fraction of this: fine enough for any number of pages.
_POSITIONS = 1 << 40


class MixSource(Protocol):
    """Where pages come from."""

    def at(self, step: int) -> Sequence[StoredPage]:
        """Return the pages for a step, at least one; may wait for them. Steps rise."""
        ...

    def close(self) -> None:
        """Stop whatever makes or holds the pages."""
        ...


class WeightedPages(Sequence[StoredPage]):
    """Pages of several sequences, laid out so that a uniform draw follows the weights.

    Args:
        parts: Sequences of pages, none empty.
        weights: One above 0 for each.

    Example:
        >>> pages = WeightedPages([scans, drawn], [3.0, 1.0])  # doctest: +SKIP
        >>> page = pages[int(rng.integers(len(pages)))]  # three of four are scans  # doctest: +SKIP
    """

    def __init__(self, parts: Sequence[Sequence[StoredPage]], weights: Sequence[float]) -> None:
        """Lay the parts out; nothing is copied."""
        self._parts = parts
        total = sum(weights)
        self._bounds = [0, *(round(_POSITIONS * w / total) for w in accumulate(weights))]

    def __len__(self) -> int:
        """Return the number of positions, far above that of pages."""
        return _POSITIONS

    def __getitem__(self, position: int) -> StoredPage:  # type: ignore[override]
        """Return the page at a position."""
        if not 0 <= position < _POSITIONS:
            raise IndexError(f"position must be in 0..{_POSITIONS - 1}, but is {position}")
        part = min(bisect_right(self._bounds, position) - 1, len(self._parts) - 1)
        pages, start = self._parts[part], self._bounds[part]
        return pages[(position - start) * len(pages) // (self._bounds[part + 1] - start)]

    def __iter__(self) -> Iterator[StoredPage]:
        """Run through the pages themselves, each once."""
        return (page for part in self._parts for page in part)


class Mix:
    """Sources and their weights.

    Args:
        sources: At least one.
        weights: One above 0 for each.
    """

    def __init__(self, sources: Sequence[MixSource], weights: Sequence[float]) -> None:
        """Hold the sources; they are closed with the mix."""
        self._sources = tuple(sources)
        self._weights = tuple(weights)

    def at(self, step: int) -> Sequence[StoredPage]:
        """Return the pages for a step, to be drawn from uniformly."""
        parts = [source.at(step) for source in self._sources]
        return parts[0] if len(parts) == 1 else WeightedPages(parts, self._weights)

    def close(self) -> None:
        """Close all sources."""
        for source in self._sources:
            source.close()
