"""Batches through the backend in order: while some are in the engine, the next ones are cut."""

from __future__ import annotations

import time
from collections.abc import Generator, Hashable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.inference.known_answers import KnownAnswers
from forensics_rt.inference.ordered import UnderWay
from forensics_rt.inference.timing import StageClock
from forensics_rt.plan.coefficients import TileCoefficients
from forensics_rt.system.threads import open_pool

Label = TypeVar("Label")
Tiles: TypeAlias = npt.NDArray[np.uint8]
Answers: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Cut(Generic[Label]):
    """A batch that is ready for the backend.

    Attributes:
        label: The caller's own, handed back with the answers.
        member: Index of the network that sees it.
        tiles: N×H×W×3 uint8 RGB.
        names: Of each tile, what it is known by if it may come again; see `ComingAgain`.
        coefficients: Of the same tiles, where the networks take them.
    """

    label: Label
    member: int
    tiles: Tiles
    names: tuple[Hashable, ...]
    coefficients: TileCoefficients | None = None


def open_engine_threads(backend: Backend) -> ThreadPoolExecutor:
    """Start the threads from which a backend is called: as many as it is at its best with."""
    return open_pool(backend.capabilities.side_by_side, "engine")


def answers_in_order(
    networks: KnownAnswers,
    batches: Iterable[Cut[Label] | None],
    clock: StageClock,
    engine: Executor | None,
    ahead: int = 1,
) -> Generator[tuple[Label, Answers], None, None]:
    """Yield what the backend answers to each batch, in order.

    Args:
        networks: The backend, and its answers to tiles that come again.
        batches: Taken on this thread. `None` says that the next one depends on the answers: all
            that are under way are yielded first.
        clock: Takes the time of `engine`.
        engine: Where the backend is called; `None` for this thread, one after the other.
        ahead: How many batches are taken before an answer is waited for, with engine threads.

    Raises:
        EngineFailed: If the engine fails or gives values that are not finite.
    """
    if engine is None:
        for cut in batches:
            if cut is not None:
                label, answers, seconds = _infer(networks, cut)
                clock.add("engine", seconds)
                yield label, answers
        return
    under_way: UnderWay[tuple[Label, Answers, float]] = UnderWay()

    def first() -> tuple[Label, Answers]:
        # Waiting for the engine's turn is nobody's time: the engine is at a neighbor's batch.
        label, answers, seconds = under_way.take_first().result()
        # Of calls side by side each has its share of the engine.
        clock.add("engine", seconds / networks.side_by_side)
        return label, answers

    try:
        for cut in batches:
            if cut is not None:
                under_way.add(engine.submit(_infer, networks, cut))
            while len(under_way) > (0 if cut is None else ahead):
                yield first()
        while under_way:
            yield first()
    finally:
        while under_way:  # of an image that failed
            under_way.take_first().cancel()


def _infer(networks: KnownAnswers, cut: Cut[Label]) -> tuple[Label, Answers, float]:
    start = time.perf_counter()
    answers = networks.infer(cut.member, cut.tiles, cut.names, cut.coefficients)
    return cut.label, answers, time.perf_counter() - start
