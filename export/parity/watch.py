"""How a build says how far it is."""

from __future__ import annotations

from typing import Protocol

from rich.table import Table

from export.parity.rows import ParityRow


class Watch(Protocol):
    """Is called with the progress of a build."""

    def steps(self, count: int) -> None:
        """Take note of how many steps there will be."""

    def step(self, what: str) -> None:
        """Take note that a step begins."""

    def row(self, row: ParityRow) -> None:
        """Take note of a measurement."""

    def table(self, table: Table) -> None:
        """Take note of a table to show at the end."""
