"""Pages a second of a run, from what its driver tells on the way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from forensics_rt.distributed import Progress


@dataclass
class Notes:
    """When how many files were finished.

    Attributes:
        seconds: Of each time that the driver told, by the clock that only grows.
        finished: How many files were finished then.

    Example:
        >>> Notes([0.0, 2.0, 4.0, 6.0], [0, 8, 16, 24]).rate(24, 0.1, 1.0)
        4.0
    """

    seconds: list[float] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)

    def add(self, progress: Progress) -> None:
        """Take note; what `on_progress` of a run calls."""
        self.seconds.append(time.monotonic())
        self.finished.append(progress.finished)

    def rate(self, files: int, start: float, end: float) -> float:
        """Return files a second between two shares of a run.

        Files come in units. So it is counted from one note to another: a file in the middle of a
        unit has no time of its own.

        Args:
            files: How many the run has.
            start: Share of the files from which it counts.
            end: Share up to which.

        Raises:
            ValueError: If fewer than two notes lie between them.
        """
        within = [n for n, done in enumerate(self.finished) if start * files <= done <= end * files]
        if len(within) < 2:
            raise ValueError(f"two notes must lie between {start} and {end}, but {within} do")
        first, last = within[0], within[-1]
        done = self.finished[last] - self.finished[first]
        return done / (self.seconds[last] - self.seconds[first])
