"""The stream inside one worker as queues: decode, compute, settle, all at the same time.

Nothing in here knows the detector: what the stages need is measured, and simulated by SimPy.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

import simpy

# As `inference.host` and `distributed.page_stream` have it: two pages are computed in turn, and
# two results wait beside those that are settled.
_COMPUTERS, _BESIDE = 2, 2
# As `inference.ahead`: beside those that are decoded.
_AHEAD = 4
# Pages until the stream is full.
_FILLING = 20


@dataclass(frozen=True)
class PageTimes:
    """Seconds of the stages of one page, in a stream that is full.

    Attributes:
        decode: Decoding and planning, on a thread of their own.
        around: Cutting tiles and merging answers, while another page may be in the engine.
        engine: In the networks; one page at a time.
        settle: Making the row and writing the maps, on a thread of their own.
    """

    decode: float
    around: float
    engine: float
    settle: float


def mean_times(pages: Sequence[PageTimes]) -> PageTimes:
    """Return the means of the stages."""
    return PageTimes(
        *(sum(column) / len(pages) for column in zip(*map(astuple, pages), strict=True))
    )


def in_words(pages: Sequence[PageTimes]) -> str:
    """Say the means of the stages in milliseconds."""
    mean = mean_times(pages)
    return ", ".join(f"{one.name} {1000 * getattr(mean, one.name):.0f} ms" for one in fields(mean))


def seconds_between(
    measured: Sequence[PageTimes], pages: int = 2000, seed: int = 0, decoders: int = 1
) -> list[float]:
    """Return the seconds between two pages that leave a worker whose stream is full.

    Args:
        measured: Stages of pages; a page that is simulated takes those of one of them, at random.
        pages: How many are simulated.
        seed: Of the choice.
        decoders: Threads that decode, and as many that settle.

    Example:
        >>> engine_limits = PageTimes(decode=0.1, around=0.1, engine=0.5, settle=0.2)
        >>> {round(gap, 6) for gap in seconds_between([engine_limits], pages=5)}
        {0.5}
    """
    return _Stream(measured, pages, seed, decoders).run()


class _Stream:
    def __init__(self, measured: Sequence[PageTimes], pages: int, seed: int, decoders: int) -> None:
        self.env = simpy.Environment()
        self.pages = random.Random(seed).choices(measured, k=pages + _FILLING)
        self.under_way = simpy.Resource(self.env, decoders + _AHEAD)
        self.decoders = simpy.Resource(self.env, decoders)
        self.computers = simpy.Resource(self.env, _COMPUTERS)
        self.engine = simpy.Resource(self.env)
        self.room = simpy.Resource(self.env, decoders + _BESIDE)
        self.settlers = simpy.Resource(self.env, decoders)
        self.left: list[float] = []

    def run(self) -> list[float]:
        self.env.process(self._feed())
        self.env.run()
        gaps = [later - sooner for sooner, later in zip(self.left, self.left[1:], strict=False)]
        return gaps[_FILLING - 1 :]

    def _feed(self) -> Generator[Any, Any, Any]:
        before = self.env.event().succeed()
        for page in self.pages:
            slot = self.under_way.request()
            yield slot
            handed_out = self.env.event()
            self.env.process(self._page(page, slot, before, handed_out))
            before = handed_out

    def _page(
        self, page: PageTimes, slot: Any, before: Any, handed_out: Any
    ) -> Generator[Any, Any, Any]:
        decoded = self.env.process(self._hold(self.decoders, page.decode))
        with self.computers.request() as turn:
            yield turn
            yield decoded
            yield self.env.timeout(page.around)
            yield from self._hold(self.engine, page.engine)
        yield before  # results come in the order of the pages
        room = self.room.request()
        yield room
        self.under_way.release(slot)
        handed_out.succeed()
        yield from self._hold(self.settlers, page.settle)
        self.room.release(room)
        self.left.append(self.env.now)

    def _hold(self, thread: simpy.Resource, seconds: float) -> Generator[Any, Any, Any]:
        with thread.request() as turn:
            yield turn
            yield self.env.timeout(seconds)
