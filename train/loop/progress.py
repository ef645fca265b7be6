"""How a run tells where it stands: a bar on a terminal, lines of the log elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from forensics_rt.system.closing import Closing

_log = logging.getLogger(__name__)


class ProgressReport(Closing):
    """Shows the share that is done and the latest figures.

    Args:
        console: Where a bar would go; a terminal gets one, anything else gets log lines.
        hidden: Show no bar, for the processes that follow another one.

    Example:
        >>> with ProgressReport() as report:  # doctest: +SKIP
        ...     report.advance(100, 0.5)
        ...     report.figures(100, 0.5, {"loss": 0.4})
    """

    def __init__(self, console: Console | None = None, hidden: bool = False) -> None:
        """Show the bar, if there is to be one."""
        console = console or Console(stderr=True)
        self._bar: Progress | None = None
        if console.is_terminal and not hidden:
            self._bar = Progress(
                TextColumn("step {task.fields[step]}"),
                BarColumn(),
                TaskProgressColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[figures]}"),
                console=console,
            )
            self._task = self._bar.add_task("", total=1.0, step=0, figures="")
            self._bar.start()

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar:
            self._bar.stop()

    def advance(self, step: int, share: float) -> None:
        """Move the bar to a share of the run, 0 to 1."""
        if self._bar:
            self._bar.update(self._task, completed=share, step=step)

    def figures(self, step: int, share: float, values: Mapping[str, float]) -> None:
        """Tell the latest figures."""
        text = " ".join(f"{name} {value:.4g}" for name, value in values.items())
        if self._bar:
            self._bar.update(self._task, completed=share, step=step, figures=text)
        else:
            _log.info("step %d progress %.3f %s", step, share, text)
