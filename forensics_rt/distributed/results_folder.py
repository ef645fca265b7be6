"""The results of a run, written by the driver alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from forensics_rt.distributed.earlier_rows import EarlierRows
from forensics_rt.distributed.parts import (
    FOLDER,
    number_of,
    part_of,
    parts_in,
    read_part,
    rows_in,
    write_part,
)
from forensics_rt.distributed.places import Place
from forensics_rt.distributed.rows import Row
from forensics_rt.errors import OutputError

RUN, SUMMARY = "run.json", "summary.json"


class ResultsFolder:
    """Rows come in, Parquet files come out.

    One process writes: so a row is there once, however often its page was computed.

    Args:
        out: Where the results are.
        resume: Whether to go on with what is there.
        flush_rows: Rows after which a file is written.
        flush_seconds: Seconds after which one is: what a driver that is killed loses.

    Attributes:
        before: The rows of earlier runs.

    Raises:
        OutputError: If there are results and they are not to be resumed.
    """

    def __init__(
        self, out: Place, resume: bool, flush_rows: int = 2000, flush_seconds: float = 5.0
    ) -> None:
        """Read which files have rows."""
        self._out, self._parts = out, out.below(FOLDER)
        self._flush_rows, self._flush_seconds = flush_rows, flush_seconds
        self._rows: list[Row] = []
        self._flushed = time.monotonic()
        parts = parts_in(self._parts)
        if parts and not resume:
            raise OutputError(
                f"{out.name}: holds results of an earlier run; go on with `resume=True`, or give "
                "another folder for `results`"
            )
        self.before = EarlierRows(parts)
        self._next = 1 + max(map(number_of, parts), default=-1)
        self._part_of: dict[str, Place | None] = {}  # of this run, None for rows not yet written

    @property
    def finished(self) -> set[str]:
        """SHA-256 of the contents that have rows."""
        return {*self.before.part_of, *self._part_of}

    def bind(self, settings: Mapping[str, Any]) -> None:
        """Write what the run is made with, or compare it with what is there.

        Raises:
            OutputError: If the results there were made with other settings.
        """
        file, wanted = self._out.below(RUN), json.loads(json.dumps(settings))
        try:
            there = json.loads(file.read())
        except FileNotFoundError:
            file.write(json.dumps(wanted, indent=2).encode() + b"\n")
            return
        except ValueError:
            there = {}
        if there != wanted:
            other = sorted(
                key for key in wanted | there if there.get(key, "") != wanted.get(key, "")
            )
            raise OutputError(
                f"{file.name}: the results there were made with another {', '.join(other)}; give "
                "another folder for `results`, or run as before"
            )

    def rows_of(self, content: str) -> list[Row]:
        """Return the rows of one of the files with these bytes."""
        part = self._part_of.get(content) or self.before.part_of.get(content)
        if part is None:
            rows = [row for row in self._rows if row["content"] == content]
        else:
            rows = read_part(part, filters=[("content", "=", content)]).to_pylist()
        return [row for row in rows if row["path"] == rows[0]["path"]]

    def add(self, rows: Iterable[Row]) -> None:
        """Take all rows of a file; they are written sooner or later, those of a file together."""
        for row in rows:
            self._rows.append(row)
            if row["content"] and row["content"] not in self.before.part_of:
                self._part_of.setdefault(row["content"], None)
        if len(self._rows) >= self._flush_rows:
            self.flush()

    def flush_if_due(self) -> None:
        """Write what came in if that is some seconds ago."""
        if time.monotonic() - self._flushed >= self._flush_seconds:
            self.flush()

    def flush(self) -> None:
        """Write what came in.

        Raises:
            OutputError: If it cannot be written.
        """
        self._flushed = time.monotonic()
        if not self._rows:
            return
        part = part_of(self._parts, self._next)
        write_part(part, self._rows)
        self._next += 1
        for row in self._rows:
            if self._part_of.get(row["content"], part) is None:
                self._part_of[row["content"]] = part
        self._rows = []

    def rows_there(self) -> int:
        """Return how many rows the files hold, as their footers say."""
        return sum(map(rows_in, parts_in(self._parts)))

    def summarize(self, document: Mapping[str, Any]) -> None:
        """Write `summary.json`."""
        self._out.below(SUMMARY).write(json.dumps(document, indent=2).encode() + b"\n")
