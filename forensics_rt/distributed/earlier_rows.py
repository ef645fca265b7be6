"""The rows of earlier runs: the list of what is done."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence

from forensics_rt.distributed.inputs import InputFile
from forensics_rt.distributed.parts import read_part, write_part
from forensics_rt.distributed.places import Place, load_pyarrow
from forensics_rt.distributed.rows import row_schema

_KNOWN = ["path", "size", "modified", "content", "error_type"]
_log = logging.getLogger(__name__)


class EarlierRows:
    """Knows which files have rows; mends what a machine that stopped, or two drivers, left.

    Args:
        parts: The Parquet files, in the order of their numbers.

    Attributes:
        part_of: Which of them has the rows of a content, by its SHA-256.
        rows: How many rows there are.
    """

    def __init__(self, parts: Sequence[Place]) -> None:
        """Read them."""
        self.part_of: dict[str, Place] = {}
        self.rows = 0
        self._done: dict[str, tuple[int, int, str | None]] = {}
        self._files_of: dict[str, Place] = {}
        self._failed: set[str] = set()
        for part in parts:
            self._read_known(part)

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

    def _read_known(self, part: Place) -> None:
        try:
            table = read_part(part, columns=_KNOWN)
        except load_pyarrow().ArrowInvalid as broken:  # cut off, of a machine that stopped
            _log.warning(
                "%s: is not whole, and its pages are computed again: %s", part.name, broken
            )
            part.remove()
            return
        self.rows += table.num_rows
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
                self.part_of.setdefault(content, part)
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
        self.rows -= table.num_rows - kept.num_rows
        if kept.num_rows:
            write_part(part, kept)
        else:
            part.remove()
        there = set(kept["content"].to_pylist())
        gone = set(table["content"].to_pylist()) - there
        for content in gone:
            if content and self.part_of.get(content) == part:
                del self.part_of[content]
