"""Things of which each serves one call at a time, made when needed, kept, and lent out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class _Closable(Protocol):
    def close(self) -> None: ...


Item = TypeVar("Item", bound=_Closable)


class Pool(Generic[Item]):
    """Lends out up to `limit` items; a caller that finds none free waits. Thread-safe.

    The item given back last is lent first: one caller alone uses one item, whose memory and graphs
    are warm.

    Args:
        make: Makes an item; called outside of locks, so that two may be made at once.
        limit: Most items.
    """

    def __init__(self, make: Callable[[], Item], limit: int) -> None:
        """Make nothing yet."""
        self._make = make
        self._limit = limit
        self._idle: list[Item] = []
        self._count = 0
        self._changed = threading.Condition()

    @property
    def count(self) -> int:
        """How many items there are, idle or lent."""
        return self._count

    @contextmanager
    def lease(self) -> Iterator[Item]:
        """Lend an item for the length of a `with`."""
        item = self._take()
        try:
            yield item
        finally:
            with self._changed:
                self._idle.append(item)
                self._changed.notify()

    def close(self) -> None:
        """Close all items; none may be lent."""
        with self._changed:
            while self._idle:
                self._idle.pop().close()
                self._count -= 1

    def _take(self) -> Item:
        with self._changed:
            self._changed.wait_for(lambda: self._idle or self._count < self._limit)
            if self._idle:
                return self._idle.pop()
            self._count += 1
        try:
            return self._make()
        except BaseException:
            with self._changed:
                self._count -= 1
                self._changed.notify()
            raise
