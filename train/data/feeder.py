"""Batches cut ahead of the network by several threads, handed over in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Feeder(Generic[_T]):
    """Works on a few numbers ahead.

    Cutting is mostly OpenCV and numpy at work outside the interpreter's lock, and the pages are
    in this process: threads share them, processes would have to be sent them.

    Args:
        order: Called in the caller's thread and in order; decides what a number stands for and
            returns the work to do.
        workers: Threads.
        first: First number.

    Example:
        >>> feeder = Feeder(lambda n: lambda: n * n, workers=2, first=3)
        >>> [feeder.take(), feeder.take()]
        [9, 16]
        >>> feeder.close()
    """

    def __init__(
        self, order: Callable[[int], Callable[[], _T]], workers: int, first: int = 0
    ) -> None:
        """Start the threads; the first numbers are ordered by the first `take`."""
        self._order = order
        self._next = first
        # One more than there are threads: a batch is ready when the network is.
        self._ahead = workers + 1
        self._executor = ThreadPoolExecutor(workers)
        self._ordered: deque[Future[_T]] = deque()

    def take(self) -> _T:
        """Return the result for the next number; an error of the work is raised here."""
        self._fill()
        result = self._ordered.popleft().result()
        self._fill()
        return result

    def close(self) -> None:
        """Drop what is not begun and end the threads."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _fill(self) -> None:
        while len(self._ordered) < self._ahead:
            self._ordered.append(self._executor.submit(self._order(self._next)))
            self._next += 1
