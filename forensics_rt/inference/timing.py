"""How long each stage of a detection took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

# `device` stands for `gather`, `engine` and `merge` where all that happens on a GPU.
# `encode` is there where a result was saved: its mask, regions, pictures and their compression.
STAGES = ("decode", "plan", "gather", "engine", "merge", "device", "finish", "encode")


class StageClock:
    """Adds up wall time by stage, in seconds.

    Example:
        >>> clock = StageClock()
        >>> with clock.stage("engine"):
        ...     pass
        >>> list(clock.seconds)
        ['engine']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - start)

    def add(self, name: str, seconds: float) -> None:
        """Add time that was measured elsewhere to a stage."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
