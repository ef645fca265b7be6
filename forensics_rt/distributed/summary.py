"""A run in numbers that add up, while it goes on and at its end."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from forensics_rt.distributed.rows import Row
from forensics_rt.errors import DistributedError


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        files: How many files it has.
        finished: How many of them have rows, those of earlier runs among them.
        skipped: How many had rows before.
        seconds: Since the first worker was ready.
    """

    files: int
    finished: int
    skipped: int
    seconds: float

    @property
    def rate(self) -> float:
        """Files a second, of this run; 0 before the first."""
        return (self.finished - self.skipped) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end at this rate; `None` before the first file."""
        return (self.files - self.finished) / self.rate if self.rate > 0 else None


@dataclass(frozen=True)
class RunSummary:
    """What came of a run.

    Attributes:
        out: Where the results are.
        files: How many files were named, each counted once.
        done: How many of them were examined in this run, every page with a result.
        failed: How many have an error for a page or as a whole.
        skipped: How many had rows of an earlier run.
        failed_before: How many of these have an error.
        pages: Rows that this run wrote.
        failed_pages: Those of them with an error.
        copies: Files of this run whose bytes another file has, which were computed once for both.
        repeated: How many files were named once more.
        passed_over: How many files of folders are no images, by suffix or other reason.
        worker_deaths: How many workers died.
        workers: How many there were to be.
        seconds: From the first worker that was ready to the last row.
        memory: Most bytes of memory of each worker that was there at the end.
        settings: What the results were made with.
    """

    out: str
    files: int
    done: int
    failed: int
    skipped: int
    failed_before: int
    pages: int
    failed_pages: int
    copies: int
    repeated: int
    passed_over: dict[str, int]
    worker_deaths: int
    workers: int
    seconds: float
    memory: list[int]
    settings: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self)


@dataclass
class Count:
    """Adds up a run.

    Attributes:
        files: How many files it has.
        skipped: How many of them have rows already.
        failed_before: How many of these have an error.
    """

    files: int
    skipped: int
    failed_before: int = 0
    done: int = field(default=0, init=False)
    failed: int = field(default=0, init=False)
    pages: int = field(default=0, init=False)
    failed_pages: int = field(default=0, init=False)
    copies: int = field(default=0, init=False)
    deaths: int = field(default=0, init=False)
    began: float = field(default_factory=time.monotonic, init=False)

    def begin(self) -> None:
        """Count the time from now on."""
        self.began = time.monotonic()

    def add(self, rows: Iterable[Row], copy: bool = False) -> None:
        """Count a file by its rows."""
        errors = [row.get("error") is not None for row in rows]
        self.pages += len(errors)
        self.failed_pages += sum(errors)
        self.failed += any(errors)
        self.done += not any(errors)
        self.copies += copy

    @property
    def progress(self) -> Progress:
        """How far it is."""
        finished = self.done + self.failed + self.skipped
        return Progress(self.files, finished, self.skipped, time.monotonic() - self.began)

    def check(self, rows_before: int, rows_there: int) -> None:
        """Compare what came in with what went out, and with what the files hold.

        Args:
            rows_before: Rows that were there when the run began.
            rows_there: Rows that are there.

        Raises:
            DistributedError: If a file or a row is missing or there twice.
        """
        if self.files != self.done + self.failed + self.skipped:
            raise DistributedError(
                f"{self.files} files came in, but {self.done} done, {self.failed} failed and "
                f"{self.skipped} skipped are {self.done + self.failed + self.skipped}; this is a "
                "bug in forensics_rt, please report it"
            )
        if rows_there != rows_before + self.pages:
            raise DistributedError(
                f"the results must have {rows_before} rows of before and {self.pages} of this run, "
                f"but have {rows_there}; did another program write or remove files there?"
            )
