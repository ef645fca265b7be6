"""Batches through the backend in order: while some are in the engine, the next ones are cut."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.inference.timing import StageClock
from forensics_rt.system.threads import open_pool

Label = TypeVar("Label")
Tiles: TypeAlias = npt.NDArray[np.uint8]
Answers: TypeAlias = npt.NDArray[np.float32]


def open_engine_thread() -> ThreadPoolExecutor:
    """Start the one thread from which the backend is called, one batch after the other.

    One call at a time: two at once would share the processor, and neither would be sooner done.
    """
    return open_pool(1, "engine")


def answers_in_order(
    backend: Backend,
    batches: Iterable[tuple[Label, int, Tiles]],
    clock: StageClock,
    engine: Executor | None,
    ahead: int = 1,
) -> Generator[tuple[Label, Answers], None, None]:
    """Yield what the backend answers to each batch, in order.

    Args:
        backend: What runs the networks.
        batches: Of each a label, the member that sees it, and its tiles; taken on this thread.
        clock: Takes the time of `engine`.
        engine: Where the backend is called; `None` for this thread, one after the other.
        ahead: How many batches are taken before an answer is waited for, with an engine thread.

    Raises:
        EngineFailed: If the engine fails or gives values that are not finite.
    """
    under_way: deque[_Answer[Label]] = deque()
    try:
        for label, member, tiles in batches:
            under_way.append(_Answer(backend, label, member, tiles, engine))
            if engine is None or len(under_way) > ahead:
                yield under_way.popleft().wait(clock)
        while under_way:
            yield under_way.popleft().wait(clock)
    finally:
        for answer in under_way:  # of an image that failed
            answer.cancel()


class _Answer(Generic[Label]):
    """What the backend says about a batch, at once or on its way."""

    def __init__(
        self, backend: Backend, label: Label, member: int, tiles: Tiles, engine: Executor | None
    ) -> None:
        self._label = label
        self._future: Future[tuple[Answers, float]] | None = None
        if engine is None:
            self._found = _infer(backend, member, tiles)
        else:
            self._future = engine.submit(_infer, backend, member, tiles)

    def wait(self, clock: StageClock) -> tuple[Label, Answers]:
        # Waiting for the engine's turn is nobody's time: the engine is at a neighbor's batch.
        answers, seconds = self._found if self._future is None else self._future.result()
        clock.add("engine", seconds)
        return self._label, answers

    def cancel(self) -> None:
        if self._future is not None:
            self._future.cancel()


def _infer(backend: Backend, member: int, tiles: Tiles) -> tuple[Answers, float]:
    start = time.perf_counter()
    answers = backend.infer(member, tiles)
    return answers, time.perf_counter() - start
