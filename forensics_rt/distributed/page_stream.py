"""One stream through a detector that never ends: who has pages gives them, and waits for rows."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from typing import Generic, TypeVar

from forensics_rt.detector import Detector
from forensics_rt.image_task import ImageTask
from forensics_rt.inference.ahead import Ahead
from forensics_rt.io.inputs import ImageInput
from forensics_rt.results.detection import Detection
from forensics_rt.results.failure import Failure
from forensics_rt.system.threads import open_pool

R = TypeVar("R")
# Results that are kept beside those being settled: their maps take memory.
_BESIDE = 2


class PageStream(Generic[R]):
    """Decodes, computes and settles pages of several units at a time. Thread-safe.

    A stream for each unit would leave the engine idle while the last page of one is written and the
    first page of the next is decoded.

    Args:
        detector: What finds the forged pixels.
        settle: Makes of each result what is wanted; called on several threads.
        threads: How many decode, and how many settle.
    """

    def __init__(
        self, detector: Detector, settle: Callable[[Detection | Failure], R], threads: int
    ) -> None:
        """Start the thread."""
        self._detector, self._settle, self._threads = detector, settle, threads
        self._to_come: queue.SimpleQueue[tuple[ImageInput, Future[R]]] = queue.SimpleQueue()
        self._under_way: deque[Future[R]] = deque()
        self._broken: BaseException | None = None
        threading.Thread(target=self._run, name="pages", daemon=True).start()

    def submit(self, page: ImageInput) -> Future[R]:
        """Give a page, and get what `settle` makes of its result."""
        settled: Future[R] = Future()
        self._to_come.put((page, settled))
        if self._broken is not None:
            self._fail_all()
        return settled

    def _feed(self) -> Iterator[ImageTask]:
        while True:
            page, settled = self._to_come.get()
            self._under_way.append(settled)
            yield self._detector.task(page)

    def _run(self) -> None:
        room = threading.Semaphore(self._threads + _BESIDE)
        with open_pool(self._threads, "settle") as pool:
            try:
                with closing(
                    self._detector.inferer.stream(self._feed(), Ahead.resolve(self._threads))
                ) as results:
                    for result in results:
                        room.acquire()
                        pool.submit(self._finish, result, self._under_way.popleft(), room)
                        del result  # its maps are not to be kept until the next one comes
            except BaseException as error:  # whoever waits must hear of it
                self._broken = error
                self._fail_all()

    def _finish(
        self, result: Detection | Failure, settled: Future[R], room: threading.Semaphore
    ) -> None:
        try:
            settled.set_result(self._settle(result))
        except BaseException as error:
            settled.set_exception(error)
        finally:
            room.release()

    def _fail_all(self) -> None:
        while True:
            try:
                self._under_way.append(self._to_come.get_nowait()[1])
            except queue.Empty:
                break
        while self._under_way:
            waits = self._under_way.popleft()
            if not waits.done():
                waits.set_exception(self._broken)
