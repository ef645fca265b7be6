"""How far a run is: a bar with images a second and the time that remains."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class ShownProgress(Progress):
    """A bar on the terminal that vanishes at the end; nothing for one image, or where none is.

    Args:
        total: How many images there are.
        console: Where to show it; `None` for standard error.
    """

    def __init__(self, total: int, console: Console | None = None) -> None:
        """Show nothing yet."""
        console = console or Console(stderr=True)
        super().__init__(
            TextColumn("Detecting"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=total == 1 or not console.is_terminal,
        )
        self._images = self.add_task("", total=total, speed="")
        self._computed = 0
        self._began = time.perf_counter()

    def count(self, skipped: bool) -> None:
        """Take one image as done; one of an earlier run says nothing of the speed."""
        self._computed += not skipped
        speed = self._computed / (time.perf_counter() - self._began)
        self.update(self._images, advance=1, speed=f"{speed:.2f} images/s")
