"""Showing the progress of a build."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from export.parity.rows import ParityRow
from export.parity.table import parity_table
from export.tensorrt.report import EngineReport, engine_table


class TerminalWatch:
    """A progress bar, and at the end the tables of parity and engines, also after a refusal.

    Args:
        console: Where to show it; a line for each step where this is no terminal.

    Example:
        >>> with TerminalWatch(Console(stderr=True)) as watch:  # doctest: +SKIP
        ...     build_bundle(request, watch)
    """

    def __init__(self, console: Console) -> None:
        """Prepare the bar; it appears on entering."""
        self._console = console
        self._rows: list[ParityRow] = []
        self._engines: list[EngineReport] = []
        self._tables: list[Table] = []
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("reading the checkpoints", total=None)
        self._begun = 0
        self._start = time.monotonic()

    def __enter__(self) -> TerminalWatch:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete or drop the bar, and show the table."""
        if error is None:
            self._progress.update(self._task, description="done", completed=self._begun)
        self._progress.stop()
        for table in self._tables:
            self._console.print(table)
        if self._rows:
            self._console.print(parity_table(self._rows))
        if self._engines:
            self._console.print(engine_table(self._engines))

    def steps(self, count: int) -> None:
        """Set the length of the bar."""
        self._progress.update(self._task, total=count)

    def step(self, what: str) -> None:
        """Name the step, and count those before it as done."""
        self._progress.update(self._task, description=what, completed=self._begun)
        self._begun += 1
        if not self._console.is_terminal:
            self._console.print(f"{time.monotonic() - self._start:6.1f} s  {what}", highlight=False)

    def row(self, row: ParityRow) -> None:
        """Keep a measurement for the table."""
        self._rows.append(row)

    def engine(self, report: EngineReport) -> None:
        """Keep a built engine for the table."""
        self._engines.append(report)

    def table(self, table: Table) -> None:
        """Keep a table to show before the others."""
        self._tables.append(table)
