"""The results of a run: Parquet files with a row a page, written by the driver alone."""

from __future__ import annotations

import io
import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from forensics_rt.distributed.inputs import InputFile
from forensics_rt.distributed.places import Place, load_pyarrow, place_of
from forensics_rt.distributed.rows import KEY, OF_THE_RUN, Row, row_schema
from forensics_rt.errors import OutputError

RUN, PARTS, SUMMARY = "run.json", "parts", "summary.json"
_SUFFIX = ".parquet"
_KNOWN = ["path", "size", "modified", "content", "error_type"]
_log = logging.getLogger(__name__)


class ResultsFolder:
    """Rows come in, Parquet files come out, each whole or not there.

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
        self._out, self._parts = out, out.below(PARTS)
        self._flush_rows, self._flush_seconds = flush_rows, flush_seconds
        self._rows: list[Row] = []
        self._flushed = time.monotonic()
        self._part_of: dict[str, Place | None] = {}  # by content; None for rows not yet written
        self._done: dict[str, tuple[int, int, str | None]] = {}
        self._files_of: dict[str, Place] = {}
        self._failed: set[str] = set()
        self._next = 0
        self.rows_written = self.rows_before = 0
        parts = [part for part, _, _ in self._parts.files() if part.path.endswith(_SUFFIX)]
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
            parquet = load_pyarrow("parquet")
            found = parquet.read_table(io.BytesIO(part.read()), filters=[("content", "=", content)])
            rows = found.to_pylist()
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
        part = self._parts.below(f"part-{self._next:06d}{_SUFFIX}")
        self._write(part, load_pyarrow().Table.from_pylist(self._rows, row_schema()))
        self._next += 1
        self.rows_written += len(self._rows)
        for row in self._rows:
            if row["content"] and self._part_of[row["content"]] is None:
                self._part_of[row["content"]] = part
        self._rows = []

    def rows_there(self) -> int:
        """Return how many rows the files hold, as their footers say."""
        parquet, rows = load_pyarrow("parquet"), 0
        for part, _, _ in self._parts.files():
            if part.path.endswith(_SUFFIX):
                with part.filesystem.open_input_file(part.path) as stream:
                    rows += parquet.read_metadata(stream).num_rows
        return rows

    def summarize(self, document: Mapping[str, Any]) -> None:
        """Write `summary.json`."""
        self._out.below(SUMMARY).write(json.dumps(document, indent=2).encode() + b"\n")

    def _write(self, part: Place, table: Any) -> None:
        stream = io.BytesIO()
        load_pyarrow("parquet").write_table(table, stream, compression="zstd")
        part.write(stream.getvalue())

    def _read_known(self, part: Place) -> None:
        parquet, arrow = load_pyarrow("parquet"), load_pyarrow()
        number = part.path.rsplit("-", 1)[1].removesuffix(_SUFFIX)
        self._next = max(self._next, int(number) + 1 if number.isdigit() else 0)
        try:
            table = parquet.read_table(io.BytesIO(part.read()), columns=_KNOWN)
        except arrow.ArrowInvalid as error:  # cut off by a store or a machine that stopped
            _log.warning("%s: is not whole, and its pages are computed again: %s", part.name, error)
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
        parquet = load_pyarrow("parquet")
        table = parquet.read_table(io.BytesIO(part.read()), schema=row_schema())
        keep = [path not in without for path in table["path"].to_pylist()]
        kept = table.filter(load_pyarrow().array(keep))
        self.rows_before -= table.num_rows - kept.num_rows
        if kept.num_rows:
            self._write(part, kept)
        else:
            part.remove()
        there = set(kept["content"].to_pylist())
        gone = set(table["content"].to_pylist()) - there
        for content in gone:
            if content and self._part_of.get(content) == part:
                del self._part_of[content]


def read_results(out: str | Path, run_columns: bool = True) -> Any:
    """Return all rows of a run as a `pyarrow.Table`, sorted by path and page.

    Args:
        out: Where the results are.
        run_columns: Whether to keep the columns that two runs over the same files do not share:
            the seconds.

    Raises:
        OutputError: If there are none.
    """
    arrow, parquet = load_pyarrow(), load_pyarrow("parquet")
    place = place_of(out).below(PARTS)
    parts = [part for part, _, _ in place.files() if part.path.endswith(_SUFFIX)]
    if not parts:
        raise OutputError(f"{place.name}: has no results; look at the path")
    tables = [parquet.read_table(io.BytesIO(part.read()), schema=row_schema()) for part in parts]
    table = arrow.concat_tables(tables).sort_by([(name, "ascending") for name in KEY])
    return table if run_columns else table.drop_columns(list(OF_THE_RUN))
