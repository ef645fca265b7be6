"""The bounded queue between requests and the one engine."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from threading import Lock

from forensics_rt.errors import WorkStopped
from forensics_rt.image_task import ImageTask
from forensics_rt.inference.base import Inferer
from forensics_rt.inference.job import Job
from forensics_rt.serve.calls import Call, Reason
from forensics_rt.serve.places import Outcome, Place
from forensics_rt.serve.refusals import queue_full
from forensics_rt.system.closing import Closing
from forensics_rt.system.threads import open_pool

# Beside those being decoded: two computed, and one decoded that waits for its turn.
_BESIDE_DECODING = 3


class WorkQueue(Closing):
    """Brings images of all requests to one lane of the engine. Thread-safe.

    An image comes to the lane when it is decoded, so that a slow file holds up no other. Tiles of
    several images are in the engine side by side.

    Args:
        inferer: Of the detector.
        decoders: How many images are decoded at a time.
        most: How many images may wait.
    """

    def __init__(self, inferer: Inferer, decoders: int, most: int) -> None:
        """Start the threads."""
        self._most = most
        self._most_under_way = decoders + _BESIDE_DECODING
        self._lock = Lock()
        self._waiting: deque[Place] = deque()
        self._under_way: set[Place] = set()
        self._decoding = open_pool(decoders, "decode")
        self._lane = inferer.open_lane(lasting=True)

    @property
    def depth(self) -> int:
        """How many images wait."""
        return len(self._waiting)

    @property
    def under_way(self) -> int:
        """How many are decoded or computed."""
        return len(self._under_way)

    @property
    def age(self) -> float:
        """How long the first one has been waiting, in seconds; 0 if none waits."""
        try:
            return time.monotonic() - self._waiting[0].since
        except IndexError:  # it may have gone just now
            return 0.0

    def check_room(self) -> None:
        """Go on if an image may join.

        Raises:
            Problem: 429 if too many wait.
        """
        waiting = len(self._waiting)
        if waiting >= self._most:
            raise queue_full(waiting, self._most, self.age)

    def submit(self, task: ImageTask, call: Call, bounded: bool = True) -> Place:
        """Put an image into the queue.

        Args:
            task: What takes it through.
            call: Whether it is still wanted.
            bounded: Whether it is refused if too many wait; pages of a job that was accepted are
                not.

        Raises:
            Problem: 429 if too many wait.
        """
        place = Place(task, call)
        with self._lock:
            if bounded:
                self.check_room()
            self._waiting.append(place)
        self._admit()
        return place

    def stop(self, place: Place, reason: Reason) -> None:
        """Have the work on an image end: at once if it waits, else at its next tile."""
        place.call.stop(reason)
        with self._lock:
            try:
                self._waiting.remove(place)
            except ValueError:  # it is under way, or done
                return
        self._settle(place)

    def stop_all(self, reason: Reason) -> None:
        """Have all work end."""
        with self._lock:
            left, self._waiting = list(self._waiting), deque()
            under_way = list(self._under_way)
        for place in under_way:
            place.call.stop(reason)
        for place in left:
            place.call.stop(reason)
            self._settle(place)

    def close(self) -> None:
        """End the threads after what they are at; what waits is called off."""
        self.stop_all("ended")
        self._lane.stop()
        self._decoding.shutdown(cancel_futures=True)
        self._lane.close()

    def _settle(self, place: Place) -> None:
        """Give an image that is not computed its result."""
        try:
            place.call.check()
        except WorkStopped as error:
            place.result.set_result(place.task.fail(error))

    def _admit(self) -> None:
        """Decode what there is room for."""
        while True:
            with self._lock:
                if not self._waiting or len(self._under_way) >= self._most_under_way:
                    return
                place = self._waiting.popleft()
                self._under_way.add(place)
            try:
                prepared = self._decoding.submit(place.task.prepare)
            except RuntimeError as error:  # the queue was closed meanwhile
                self._finish(place, error)
                return
            prepared.add_done_callback(partial(self._compute, place))

    def _compute(self, place: Place, prepared: Future[Job | None]) -> None:
        try:
            result = self._lane.submit(place.task, prepared)
        except RuntimeError as error:  # likewise
            self._finish(place, error)
            return
        result.add_done_callback(partial(self._done, place))

    def _done(self, place: Place, result: Future[Outcome]) -> None:
        try:
            self._finish(place, result.result())
        except BaseException as error:  # whoever waits must hear of it, canceled or failed
            self._finish(place, error)
        self._admit()

    def _finish(self, place: Place, outcome: Outcome | BaseException) -> None:
        with self._lock:
            self._under_way.discard(place)
        if isinstance(outcome, BaseException):
            place.result.set_exception(outcome)
        else:
            place.result.set_result(outcome)
