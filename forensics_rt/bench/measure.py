"""Measuring settings in turns: start, warm up, compare, run one by one, run as a stream."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from forensics_rt.bench.lane import BenchLane
from forensics_rt.bench.noise import turns
from forensics_rt.bench.pages import BenchPage
from forensics_rt.bench.parity import Reference, ReferenceFacts, make_reference
from forensics_rt.bench.samples import Samples
from forensics_rt.bench.setting import Setting
from forensics_rt.bench.subject import Task
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import BenchmarkError

MINIMUM_RUNS = 30


@dataclass(frozen=True)
class BenchJob:
    """What to measure.

    Attributes:
        bundle: Whose networks.
        settings: One or more ways to run them, which take turns.
        pages: One or more images.
        runs: Images one at a time for each setting, 30 or more: percentiles of fewer say nothing.
        warm_up: Runs before them that do not count.
        streams: How often all images go through as a stream.
        reference: What the answers are held against; `None` to leave accuracy out.
    """

    bundle: Bundle
    settings: tuple[Setting, ...]
    pages: tuple[BenchPage, ...]
    runs: int = MINIMUM_RUNS
    warm_up: int = 3
    streams: int = 3
    reference: Setting | None = None

    def __post_init__(self) -> None:
        """Refuse what gives no figures.

        Raises:
            BenchmarkError: If there is nothing to run, or too few runs.
        """
        if not self.settings or not self.pages:
            raise BenchmarkError("needs at least one setting and one image")
        for name, number, least in (
            ("runs", self.runs, max(MINIMUM_RUNS, len(self.pages))),
            ("warm_up", self.warm_up, 0),
            ("streams", self.streams, 1),
        ):
            if number < least:
                raise BenchmarkError(
                    f"{name} must be {least} or more with {len(self.pages)} images, but is {number}"
                )


@dataclass(frozen=True)
class NotRun:
    """A setting that gave no figures.

    Attributes:
        label: What it is called.
        reason: Why.
    """

    label: str
    reason: str


@dataclass(frozen=True)
class Measured:
    """What was found.

    Attributes:
        samples: One for each setting that ran, in the order asked for.
        not_run: The others.
        reference: What accuracy was measured against; `None` if it was left out.
    """

    samples: tuple[Samples, ...]
    not_run: tuple[NotRun, ...]
    reference: ReferenceFacts | None


def measure(
    job: BenchJob, progress: Callable[[int, int], None] = lambda done, total: None
) -> Measured:
    """Measure every setting of a job, each in a process of its own, in turns.

    All are open at the same time, so the machine must have the memory for them.

    Args:
        job: What to measure.
        progress: Called now and then with how many steps are done, and of how many.

    Raises:
        BenchmarkError: If the reference cannot run. A setting that cannot is in `not_run`.
    """
    total = 1 + len(job.settings) * (1 + job.runs + job.streams)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forensics-rt-")))
        reference = None
        if job.reference is not None:
            reference = make_reference(_task(job, job.reference, folder / "reference"))
        progress(1, total)
        lanes, not_run = _open(job, folder, reference, stack)
        progress(done := 1 + len(job.settings), total)
        for kind, rounds in (("run", job.runs), ("stream", job.streams)):
            for turn, number in turns(len(lanes), rounds):
                lanes[number].take_turn(turn % len(job.pages) if kind == "run" else None)
                progress(done := done + 1, total)
        found = [lane.finish() for lane in lanes]
    samples = tuple(one for one in found if isinstance(one, Samples))
    not_run += [NotRun(lane.label, lane.failure) for lane in lanes if lane.failure is not None]
    return Measured(samples, tuple(not_run), None if reference is None else reference.facts)


def _open(
    job: BenchJob, folder: Path, reference: Reference | None, stack: ExitStack
) -> tuple[list[BenchLane], list[NotRun]]:
    lanes, not_run = [], []
    for number, setting in enumerate(job.settings):
        task = _task(job, setting, folder / f"setting-{number}")
        try:
            lanes.append(stack.enter_context(BenchLane(task, reference, job.warm_up)))
        except BenchmarkError as error:
            not_run.append(NotRun(setting.label, str(error)))
    return lanes, not_run


def _task(job: BenchJob, setting: Setting, folder: Path) -> Task:
    folder.mkdir()
    return Task(str(job.bundle.path.resolve()), setting, job.pages, folder)
