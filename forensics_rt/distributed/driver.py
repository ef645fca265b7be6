"""The driver's loop: from units and answers to rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from forensics_rt.distributed.inputs import InputFile
from forensics_rt.distributed.pool import Answer, WorkerPool
from forensics_rt.distributed.results_folder import ResultsFolder
from forensics_rt.distributed.rows import Row, error_row, fatal_row, of_file
from forensics_rt.distributed.schedule import GIVEN_UP, Schedule
from forensics_rt.distributed.settings import settings_id
from forensics_rt.distributed.summary import Count, Progress
from forensics_rt.errors import DistributedError

_WAIT = 1.0
# Seconds without a worker after which a warning says so, again and again.
_ALONE = 120.0
_log = logging.getLogger(__name__)


@dataclass
class Driver:
    """Hands out units, takes answers, and has rows written, until every file is settled.

    Attributes:
        pool: The workers.
        folder: Takes the rows.
        schedule: Says which files are next.
        count: What came of them so far.
        filesystems: Where the files are.
        on_progress: Called with the numbers whenever files were finished.
        settings: What the results are made with, once the first worker has said so.
    """

    pool: WorkerPool
    folder: ResultsFolder
    schedule: Schedule
    count: Count
    filesystems: tuple[Any, ...]
    on_progress: Callable[[Progress], None] | None
    settings: dict[str, Any] = field(default_factory=dict)
    _reported: int = -1
    _alone_since: float = field(default_factory=time.monotonic)
    _checked: dict[int, bool] = field(default_factory=dict)
    _files: dict[int, list[InputFile]] = field(default_factory=dict)

    def go(self) -> None:
        """Run to the end.

        Raises:
            DistributedError: If the machines differ in what decides the answers, or workers die
                before they are ready.
            OutputError: If the results there were made with other settings, or a file cannot be
                written.
            ForensicsError: As `Detector`.
        """
        while self.schedule.left or not self.settings:
            for worker in sorted(self.pool.ready):
                self._fill(worker)
            self._say_if_nobody_works()
            for answer in self.pool.answers(_WAIT):
                getattr(self, f"_on_{answer.kind}")(answer)
            self.folder.flush_if_due()
            self._report()
        self.folder.flush()

    def _say_if_nobody_works(self) -> None:
        now = time.monotonic()
        if self.pool.ready:
            self._alone_since = now
        elif now - self._alone_since > _ALONE:
            self._alone_since = now
            _log.warning(
                "no worker has started for %g s; do the machines have room for one? `ray status` "
                "says what they have, and what is waiting",
                _ALONE,
            )

    def _report(self) -> None:
        if self.on_progress is None or not self.settings:
            return
        progress = self.count.progress
        if progress.finished != self._reported:
            self._reported = progress.finished
            self.on_progress(progress)

    def _fill(self, worker: str) -> None:
        while (unit := self.schedule.next_unit(worker, self.pool.size)) is not None:
            self._checked[unit.number] = unit.checked
            self._files[unit.number] = unit.files
            self.pool.ask_read(worker, unit, self.filesystems)

    def _on_start(self, answer: Answer) -> None:
        if not self.settings:
            self.folder.bind(answer.value)
            self.settings = answer.value
            self.count.begin()
        elif answer.value != self.settings:
            other = sorted(k for k in self.settings if answer.value.get(k) != self.settings[k])
            raise DistributedError(
                f"the machines differ in {', '.join(other)}: "
                f"{[self.settings[k] for k in other]} and {[answer.value.get(k) for k in other]}; "
                "install the same version on all, and with `precision='float32'` and the name of a "
                "backend all compute alike"
            )

    def _on_read(self, answer: Answer) -> None:
        number = _number(answer)
        files, checked = self._files.pop(number), self._checked.pop(number)
        for file, (content, error) in zip(files, answer.value, strict=True):
            if content is None:
                row = error_row(self._id, str(error), "ImageNotFound")
                self._take([file], None, [row])
        contents = [content for content, _ in answer.value]
        todo = self.schedule.was_read(answer.worker, number, contents)
        self.pool.ask_compute(answer.worker, number, todo.compute, checked)
        for file, content in todo.known:
            self._take([file], content, self.folder.rows_of(content), copies=True)

    def _on_compute(self, answer: Answer) -> None:
        closed = self.schedule.was_computed(answer.worker, _number(answer))
        for (files, content), rows in zip(closed, answer.value, strict=True):
            self._take(files, content, rows)

    def _on_died(self, answer: Answer) -> None:
        self.count.deaths += 1
        for files, content in self.schedule.worker_died(answer.worker):
            why = f"died {GIVEN_UP} times; the last time: {str(answer.value).splitlines()[0]}"
            self._take(files, content, [fatal_row(self._id, why)])

    def _take(
        self, files: list[InputFile], content: str | None, rows: list[Row], copies: bool = False
    ) -> None:
        for place, file in enumerate(files):
            mine = [of_file(row, file, content) for row in rows]
            self.folder.add(mine)
            self.count.add(mine, copies or place > 0)
        self.schedule.settle(len(files))

    @property
    def _id(self) -> str:
        return settings_id(self.settings)


def _number(answer: Answer) -> int:
    if answer.unit is None:
        raise TypeError(f"an answer to {answer.kind!r} must be of a unit")
    return answer.unit
