"""Things of which each serves one user at a time, made when needed, kept, and lent out."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Leases(Generic[Thing]):
    """Lends things; makes one where none is free, or waits where there are enough. Thread-safe.

    The thing given back last is lent first: one user alone uses one thing, whose memory is warm.

    Args:
        make: Makes a thing; called outside of locks, so that two may be made at once.
        limit: Most things; `None` for as many as there are users at one time.

    Example:
        >>> leases = Leases(list)
        >>> with leases.lease() as scratch:
        ...     scratch.append(1)
        >>> with leases.lease() as scratch:
        ...     scratch
        [1]
    """

    def __init__(self, make: Callable[[], Thing], limit: int | None = None) -> None:
        self._make = make
        self._limit = limit
        self._idle: list[Thing] = []
        self._count = 0
        self._changed = threading.Condition()

    @property
    def count(self) -> int:
        """How many things there are, free or lent."""
        return self._count

    @contextmanager
    def lease(self) -> Iterator[Thing]:
        """Lend a thing for the time of a `with` block."""
        thing = self.take()
        try:
            yield thing
        finally:
            self.give_back(thing)

    def take(self) -> Thing:
        """Return a free thing, or a new one."""
        with self._changed:
            limit = math.inf if self._limit is None else self._limit
            self._changed.wait_for(lambda: self._idle or self._count < limit)
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

    def give_back(self, thing: Thing) -> None:
        """Let others have a thing that was taken."""
        with self._changed:
            self._idle.append(thing)
            self._changed.notify()

    def free(self) -> list[Thing]:
        """Return the things that are free; they stay free."""
        with self._changed:
            return list(self._idle)

    def drop(self) -> list[Thing]:
        """Forget the things that are free, and return them, to be closed."""
        with self._changed:
            dropped, self._idle = self._idle, []
            self._count -= len(dropped)
            return dropped
