"""A stream of images on a device: decoders on the host, one thread that feeds the device."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, TypeAlias

from forensics_rt.inference.cuda import DeviceWay, Done, Job
from forensics_rt.inference.maps import Merged
from forensics_rt.inference.ordered import in_order
from forensics_rt.inference.pipeline import (
    Ahead,
    Decoded,
    Failure,
    Numbered,
    Passed,
    Step,
    failure,
    number,
)
from forensics_rt.io.inputs import ImageInput
from forensics_rt.plan.tiling import Plan
from forensics_rt.results.detection import Detection
from forensics_rt.system.threads import open_pool

_Result: TypeAlias = "Detection | Failure | Any"


@dataclass(frozen=True, eq=False)
class _Place:
    """The place of one input in the stream.

    Attributes:
        result: Where its end goes.
        image: What the device computes; `None` where there is nothing to compute.
        instead: What comes in place of a detection; an exception to be raised.
    """

    result: Future[_Result]
    image: tuple[Decoded, Plan] | None = None
    instead: _Result | Exception = None


def stream_on_device(
    sources: Iterable[ImageInput],
    ahead: Ahead,
    first_step: Callable[[Numbered], Step],
    way: DeviceWay,
    plan: Callable[[Decoded], Plan],
    conclude: Callable[[Decoded, Plan, Merged], Detection],
) -> Generator[_Result, None, None]:
    """Yield what becomes of each image, in order.

    Args:
        sources: Read lazily, on one thread of their own.
        ahead: How many at one time, on the host and on the device together.
        first_step: What `pipeline.prepare` returned; runs on the decoding threads.
        way: The device.
        plan: The tiles of a decoded image.
        conclude: From its maps to its detection.
    """
    feeder = _Feeder(way, plan, conclude)
    decoding = open_pool(ahead.decoders, "decode")
    feeding = open_pool(1, "device")
    feeding.submit(feeder.run)

    def start(numbered: Numbered) -> Future[_Result]:
        return feeder.take(decoding.submit(first_step, numbered))

    try:
        yield from in_order(number(sources), start, ahead.bounds, ahead.weigh)
    finally:
        feeder.leave()
        decoding.shutdown(cancel_futures=True)
        feeding.shutdown()


class _Feeder:
    """Hands decoded images to the device as they come, and its maps to those who wait for them."""

    def __init__(
        self,
        way: DeviceWay,
        plan: Callable[[Decoded], Plan],
        conclude: Callable[[Decoded, Plan, Merged], Detection],
    ) -> None:
        self._way = way
        self._plan = plan
        self._conclude = conclude
        self._arrivals: SimpleQueue[tuple[Future[Step], Future[_Result]] | None] = SimpleQueue()
        self._promised: deque[Future[_Result]] = deque()
        self._leaving = Event()
        self._broken: Exception | None = None

    def take(self, step: Future[Step]) -> Future[_Result]:
        """Take an input that is being decoded, and promise its result."""
        result: Future[_Result] = Future()
        self._promised.append(result)
        self._arrivals.put((step, result))
        if self._broken is not None:
            _fail(result, self._broken)
        return result

    def leave(self) -> None:
        """End with what the device is at."""
        self._leaving.set()
        self._arrivals.put(None)

    def run(self) -> None:
        """Feed the device until asked to leave."""
        try:
            with closing(self._way.stream(self._jobs())) as finished:
                for done in finished:
                    self._promised.popleft()
                    self._settle(done)
        except Exception as error:  # nobody looks at this thread: all who wait must hear of it
            self._broken = error
            while self._promised:
                _fail(self._promised.popleft(), error)

    def _jobs(self) -> Iterator[Job[_Place] | None]:
        while True:
            try:
                arrival = self._arrivals.get_nowait()
            except Empty:
                yield None
                arrival = self._arrivals.get()
            if arrival is None or self._leaving.is_set():
                return
            if not arrival[0].done():
                yield None
            yield self._job(*arrival)

    def _job(self, decoding: Future[Step], result: Future[_Result]) -> Job[_Place]:
        try:
            step = decoding.result()
        except Exception as error:  # of the caller's own functions
            return Job(_Place(result, instead=error), None)
        if isinstance(step, Failure):
            return Job(_Place(result, instead=step), None)
        if isinstance(step, Passed):
            return Job(_Place(result, instead=step.value), None)
        try:
            plan = self._plan(step)
        except Exception as error:
            return Job(_Place(result, instead=failure(step[0].name, error)), None)
        return Job(_Place(result, (step, plan)), (step[0].pixels, plan))

    def _settle(self, done: Done[_Place]) -> None:
        place = done.tag
        if place.image is None:
            if isinstance(place.instead, Exception):
                place.result.set_exception(place.instead)
            else:
                place.result.set_result(place.instead)
            return
        decoded, plan = place.image
        if isinstance(done.found, Merged):
            decoded[1].add("device", done.seconds)
            place.result.set_result(self._concluded(decoded, plan, done.found))
        elif done.found is not None:
            place.result.set_result(failure(decoded[0].name, done.found))

    def _concluded(self, decoded: Decoded, plan: Plan, merged: Merged) -> Detection | Failure:
        try:
            return self._conclude(decoded, plan, merged)
        except Exception as error:  # it waits for the digest of a file that may be gone
            return failure(decoded[0].name, error)


def _fail(result: Future[_Result], error: Exception) -> None:
    with suppress(InvalidStateError):  # two may tell it at once
        result.set_exception(error)
