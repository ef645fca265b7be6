"""The results of a run, written by the driver alone, and the list of what is done."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from forensics_rt.distributed.inputs import InputFile
from forensics_rt.distributed.parts import (
    FOLDER,
    number_of,
    part_of,
    parts_in,
    read_part,
    rows_in,
    write_part,
)
from forensics_rt.distributed.places import Place, load_pyarrow
from forensics_rt.distributed.rows import Row, row_schema
from forensics_rt.errors import OutputError

RUN, SUMMARY = "run.json", "summary.json"
_KNOWN = ["path", "size", "modified", "content", "error_type"]
_log = logging.getLogger(__name__)


class ResultsFolder:
    """Rows come in, Parquet files come out.

    One process writes: so a row is there once, however often its page was computed. What is here is
    also the list of what is done.

    Args:
        out: Where the results are.
        resume: Whether to go on with what is there.
        flush_rows: Rows after which a file is written.
        flush_seconds: Seconds after which one is: what a driver that is killed loses.

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
        self._part_of: dict[str, Place | None] = {}  # by content; None for rows not yet written
        self._done: dict[str, tuple[int, int, str | None]] = {}
        self._files_of: dict[str, Place] = {}
        self._failed: set[str] = set()
        self._next = 0
        self.rows_before = 0
        parts = parts_in(self._parts)
        if parts and not resume:
            raise OutputError(
                f"{out.name}: holds results of an earlier run; go on with `resume=True`, or give "
                "another folder for `results`"
            )
        for part in parts:
            self._read_known(part)

    @property
    def finished(self) -> set[str]:
        """SHA-256 of the contents that have rows."""
        return set(self._part_of)

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

    def to_do(self, files: Iterable[InputFile]) -> tuple[list[InputFile], int, int]:
        """Leave out what has rows, without reading it.

        A file counts as done if its size and its time of writing are those of then, and its bytes
        could be read. Rows of files that changed are removed.

        Returns:
            What is to be done, how many files are left out, and how many of them have an error.
        """
        todo: list[InputFile] = []
        stale: set[str] = set()
        skipped = failed = 0
        for file in files:
            known = self._done.get(file.name)
            if known is not None and known[2] and known[:2] == (file.size, file.modified):
                skipped += 1
                failed += file.name in self._failed
                continue
            if known is not None:
                stale.add(file.name)
            todo.append(file)
        self._forget(stale)
        return todo, skipped, failed

    def rows_of(self, content: str) -> list[Row]:
        """Return the rows of one of the files with these bytes."""
        part = self._part_of[content]
        if part is None:
            rows = [row for row in self._rows if row["content"] == content]
        else:
            rows = read_part(part, filters=[("content", "=", content)]).to_pylist()
        return [row for row in rows if row["path"] == rows[0]["path"]]

    def add(self, rows: Iterable[Row]) -> None:
        """Take all rows of a file; they are written sooner or later, those of a file together."""
        for row in rows:
            self._rows.append(row)
            if row["content"]:
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
            if row["content"] and self._part_of[row["content"]] is None:
                self._part_of[row["content"]] = part
        self._rows = []

    def rows_there(self) -> int:
        """Return how many rows the files hold, as their footers say."""
        return sum(map(rows_in, parts_in(self._parts)))

    def summarize(self, document: Mapping[str, Any]) -> None:
        """Write `summary.json`."""
        self._out.below(SUMMARY).write(json.dumps(document, indent=2).encode() + b"\n")

    def _read_known(self, part: Place) -> None:
        self._next = max(self._next, number_of(part) + 1)
        try:
            table = read_part(part, columns=_KNOWN)
        except load_pyarrow().ArrowInvalid as broken:  # cut off, of a machine that stopped
            _log.warning(
                "%s: is not whole, and its pages are computed again: %s", part.name, broken
            )
            part.remove()
            return
        self.rows_before += table.num_rows
        twice: set[str] = set()
        columns = (table[name].to_pylist() for name in _KNOWN)
        for path, size, modified, content, error in zip(*columns, strict=True):
            if self._files_of.get(path, part) is not part:
                twice.add(path)
                continue
            self._files_of[path] = part
            self._done[path] = (size, modified, content)
            if error:
                self._failed.add(path)
            if content:
                self._part_of.setdefault(content, part)
        if twice:
            _log.warning("%s: has %d files that others have, too; left out", part.name, len(twice))
            self._rewrite(part, twice)

    def _forget(self, names: set[str]) -> None:
        for part, count in Counter(self._files_of[name] for name in names).items():
            _log.info("%s: removed rows of %d files that changed", part.name, count)
            self._rewrite(part, names)

    def _rewrite(self, part: Place, without: set[str]) -> None:
        table = read_part(part, schema=row_schema())
        keep = [path not in without for path in table["path"].to_pylist()]
        kept = table.filter(load_pyarrow().array(keep))
        self.rows_before -= table.num_rows - kept.num_rows
        if kept.num_rows:
            write_part(part, kept)
        else:
            part.remove()
        there = set(kept["content"].to_pylist())
        gone = set(table["content"].to_pylist()) - there
        for content in gone:
            if content and self._part_of.get(content) == part:
                del self._part_of[content]
