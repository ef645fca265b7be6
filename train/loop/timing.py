"""The clock of a run, and what is due by it."""

from __future__ import annotations

import time

from train.loop.state import Clock


class Stopwatch:
    """Seconds of a run over all its parts.

    Args:
        before: Seconds of the earlier parts.
    """

    def __init__(self, before: float = 0.0) -> None:
        """Start."""
        self._start = time.monotonic() - before

    def seconds(self) -> float:
        """Return the seconds so far."""
        return time.monotonic() - self._start


class Rhythm:
    """Something that is due every so many steps, or every so many minutes.

    Args:
        steps: Steps between; 0 to go by the minutes.
        minutes: Minutes between; 0 for never, where `steps` is 0 too.
        clock: From when on to count the minutes.

    Example:
        >>> rhythm = Rhythm(10, 0.0, Clock())
        >>> [step for step in range(1, 31) if rhythm.due(Clock(step))]
        [10, 20, 30]
    """

    def __init__(self, steps: int, minutes: float, clock: Clock) -> None:
        """Count from now."""
        self._steps = steps
        self._seconds = 60 * minutes
        self._last = clock.elapsed

    def due(self, clock: Clock) -> bool:
        """Tell whether it is due after this step; then the minutes count anew."""
        if self._steps:
            return clock.step % self._steps == 0
        if not self._seconds or clock.elapsed - self._last < self._seconds:
            return False
        self._last = clock.elapsed
        return True
