"""Pages made while the run goes on: an endless stream of which the latest are in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

from train.config.data import DataConfig
from train.data.page_maker import PageMaker
from train.data.pool import StoredPage
from train.synth.page import PageConfig
from train.synth.sources import Sources

# Numbers that a run without a pace skips for each step, so that a resumed one sees new pages.
_NUMBERS_PER_STEP = 64
# Pages ordered ahead, for each process.
_AHEAD = 4


class MadePages:
    """A stream of synthetic pages as a source.

    With a pace (`pages_per_step` above 0) the pages of a step are a function of the step: a run
    that goes on makes those again that were in memory, and repeats to the bit. Without one, the
    stream is as fast as its makers are.

    Args:
        entry: An entry of the kind `synthetic`.
        sources: Raw material.
        config: What pages are like.
        seed: Seed of the stream.
        part: Number of this stream and how many there are, none of which makes the same page.
    """

    def __init__(
        self,
        entry: DataConfig,
        sources: Sources,
        config: PageConfig,
        seed: int,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        """Prepare; pages are made from the first call of `at` on."""
        self._entry = entry
        self._maker = PageMaker(seed, sources, config, entry.makers)
        self._part = part
        self._ordered: deque[Future[StoredPage]] = deque()
        self._next: int | None = None
        self._taken = 0
        self._pages: deque[StoredPage] = deque(maxlen=entry.capacity)
        self._snapshot: list[StoredPage] = []

    def at(self, step: int) -> Sequence[StoredPage]:
        """Return the latest pages; waits while there are too few of them."""
        entry = self._entry
        pace = entry.pages_per_step
        if self._next is None:
            wanted = entry.first_pages + int(step * pace)
            self._taken = max(0, wanted - entry.capacity) if pace else 0
            self._next = self._taken if pace else step * _NUMBERS_PER_STEP
        wanted = entry.first_pages + int(step * pace)
        taken = self._taken
        self._order()
        while self._taken < wanted or (not pace and self._ordered[0].done()):
            self._pages.append(self._ordered.popleft().result())
            self._taken += 1
            self._order()
        if self._taken != taken:
            self._snapshot = list(self._pages)
        return self._snapshot

    def close(self) -> None:
        """End the processes."""
        self._maker.close()

    def _order(self) -> None:
        part, parts = self._part
        while len(self._ordered) < _AHEAD * self._entry.makers and self._next is not None:
            self._ordered.append(self._maker.order(part + parts * self._next))
            self._next += 1
