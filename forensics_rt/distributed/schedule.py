"""Which files go to which worker, and what happens to them when a worker dies: no Ray in here."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

from forensics_rt.distributed.inputs import InputFile
from forensics_rt.distributed.units import Read, Unit

# Deaths of workers at a file after which its worker first decodes it in a child process; runs it
# alone; gives it up. Files beside a fatal one never come near the last: they are not run with it.
CHECKED, ALONE, GIVEN_UP = 1, 2, 4
# Read, computed, and one that waits to be: so that a worker is never idle.
DEPTH = 3


class Schedule:
    """Hands out files, each content to one worker at a time, until all are done.

    Args:
        files: All that is to be done.
        finished: SHA-256 of the contents that have rows already; it grows.
        unit_files: Most files of a unit.
        unit_bytes: Most bytes of a unit of several files.
    """

    def __init__(
        self,
        files: Sequence[InputFile],
        finished: set[str] | None = None,
        unit_files: int = 8,
        unit_bytes: int = 32_000_000,
    ) -> None:
        """Hand out nothing yet."""
        self._fresh = deque(files)
        self._suspects: deque[InputFile] = deque()
        self._finished = set() if finished is None else finished
        self._unit_files, self._unit_bytes = unit_files, unit_bytes
        self._units: dict[str, dict[int, Unit]] = defaultdict(dict)
        self._waiting: dict[str, list[InputFile]] = {}  # by contents that are under way
        self._deaths: dict[str, int] = {}
        self._reserved: str | None = None
        self._number = 0
        self.left = len(files)

    def next_unit(self, worker: str, workers: int = 1) -> Unit | None:
        """Return what a worker should read next; `None` where it has enough.

        Args:
            worker: Its name.
            workers: How many there are: toward the end units become small.
        """
        mine = self._units[worker]
        if any(unit.alone for unit in mine.values()) or len(mine) >= DEPTH:
            return None
        if self._suspects:
            deaths = self._deaths[self._suspects[0].name]
            if deaths < ALONE:
                return self._begin(worker, self._take(self._suspects, workers), checked=True)
            if self._reserved in (None, worker):
                self._reserved = worker
                if mine:
                    return None
                self._reserved = None
                file = self._suspects.popleft()
                return self._begin(worker, [file], checked=True, alone=True)
        if not self._fresh:
            return None
        return self._begin(worker, self._take(self._fresh, workers))

    def was_read(self, worker: str, number: int, contents: Sequence[str | None]) -> Read:
        """Take note of what a unit's files hold, and say which of them are to be computed.

        Args:
            worker: Whose unit it is.
            number: The unit.
            contents: SHA-256 of each file; `None` for one that could not be read, which the caller
                settles with `settle`.
        """
        unit, todo = self._units[worker][number], Read()
        for place, (file, content) in enumerate(zip(unit.files, contents, strict=True)):
            if content is None:
                continue
            if content in self._finished:
                todo.known.append((file, content))
            elif content in self._waiting:
                self._waiting[content].append(file)
            else:
                self._waiting[content] = []
                unit.content[place] = content
                todo.compute.append(place)
        if not todo.compute:
            del self._units[worker][number]
        return todo

    def was_computed(self, worker: str, number: int) -> list[tuple[list[InputFile], str]]:
        """Close a unit.

        Returns:
            For each file that it computed, in order, the files of these bytes and their SHA-256.
        """
        unit = self._units[worker].pop(number)
        return [self._close(unit.files[place], content) for place, content in unit.content.items()]

    def settle(self, files: int) -> None:
        """Count files whose rows are there."""
        self.left -= files

    def worker_died(self, worker: str) -> list[tuple[list[InputFile], str | None]]:
        """Take back what a worker had.

        Returns:
            The files that are given up: for each content all files of it, and its SHA-256, `None`
            where it was not read.
        """
        given_up: list[tuple[list[InputFile], str | None]] = []
        if self._reserved == worker:
            self._reserved = None
        for unit in self._units.pop(worker, {}).values():
            was_read = bool(unit.content)
            for place, file in enumerate(unit.files):
                content = unit.content.get(place)
                if was_read and content is None:
                    continue  # settled, or it waits for another
                deaths = self._deaths[file.name] = self._deaths.get(file.name, 0) + 1
                if deaths >= GIVEN_UP:
                    given_up.append(
                        ([file], None) if content is None else self._close(file, content)
                    )
                    continue
                if content is not None:
                    self._fresh.extend(self._waiting.pop(content))
                suspects = self._suspects
                suspects.append(file) if deaths >= ALONE else suspects.appendleft(file)
        return given_up

    def deaths_of(self, file: InputFile) -> int:
        """Return how many workers died that had a file."""
        return self._deaths.get(file.name, 0)

    def _take(self, files: deque[InputFile], workers: int) -> list[InputFile]:
        checked = files is self._suspects
        # A child process is started for each unit of suspects: these stay large.
        share = self._unit_files if checked else len(files) // max(1, workers * DEPTH)
        most = max(1, min(self._unit_files, share))
        taken, size = [files.popleft()], 0
        while files and len(taken) < most:
            size += max(0, files[0].size)
            if size > self._unit_bytes or (checked and self._deaths[files[0].name] >= ALONE):
                break
            taken.append(files.popleft())
        return taken

    def _begin(
        self, worker: str, files: list[InputFile], checked: bool = False, alone: bool = False
    ) -> Unit:
        self._number += 1
        unit = Unit(self._number, files, checked, alone)
        self._units[worker][unit.number] = unit
        return unit

    def _close(self, file: InputFile, content: str) -> tuple[list[InputFile], str]:
        self._finished.add(content)
        return [file, *self._waiting.pop(content)], content
