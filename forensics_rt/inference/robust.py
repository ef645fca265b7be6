"""An inferer that looks at an image twice more, after small changes that an edit should survive."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from forensics_rt.errors import RecipeError
from forensics_rt.inference.base import Inferer, Lane, Result
from forensics_rt.inference.job import Job, Task
from forensics_rt.inference.timing import StageClock
from forensics_rt.plan.maps import Look, Maps
from forensics_rt.plan.tiling import Plan

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
PlanFor = Callable[[int, int], Plan]
_QUALITY = 90
_DEGREES = 1.0
# Of a side, in pixels: OpenCV warps none that is longer than 16 bits with a sign can count.
_LONGEST = 32_000


@dataclass(frozen=True)
class Change:
    """A small change of an image.

    Attributes:
        name: In results.
        apply: Takes and gives H×W×3 uint8 RGB.
        back: Takes the mask of the changed copy, and height and width of the image, and gives the
            mask where it lies in the image.
    """

    name: str
    apply: Callable[[Pixels], Pixels]
    back: Callable[[Mask, tuple[int, int]], Mask]


def saved_again(pixels: Pixels) -> Pixels:
    """Return an image after a JPEG save at quality 90, with halved chroma."""
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)


def in_place(mask: Mask, size: tuple[int, int]) -> Mask:
    """Return the mask of a copy in which nothing moved."""
    return mask


def turned(pixels: Pixels) -> Pixels:
    """Return an image turned by 1°, bicubic, on a canvas that holds all of it."""
    warp, size = _turn(*pixels.shape[:2])
    found = cv2.warpAffine(pixels, warp, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(found, np.uint8)


def turned_back(mask: Mask, size: tuple[int, int]) -> Mask:
    """Return the mask of a turned copy where it lies in an image of this height and width."""
    warp, _ = _turn(*size)
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    found = cv2.warpAffine(mask.view(np.uint8), warp, (size[1], size[0]), flags=flags)
    return np.asarray(found).astype(bool)


def _turn(height: int, width: int) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
    """Return the 2×3 matrix from the image to the canvas, and the canvas's width and height."""
    cosine, sine = math.cos(math.radians(_DEGREES)), math.sin(math.radians(_DEGREES))
    across = math.ceil(width * cosine + height * sine)
    down = math.ceil(height * cosine + width * sine)
    middle, center = (width / 2, height / 2), (across / 2, down / 2)
    warp = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0]])
    warp[:, 2] = np.array(center) - warp[:, :2] @ np.array(middle)
    return warp, (across, down)


CHANGES = (
    Change("JPEG quality 90", saved_again, in_place),
    Change("rotated by 1°", turned, turned_back),
)
"""Those that leave most regions in place: docs/how-to/evaluation.md, section "Evasion"."""


class RobustInferer(Inferer):
    """Gives maps of the image, and `looks`: those of its changed copies. Thread-safe.

    It takes about three times the time, and three times the memory of an image.

    Args:
        inferer: Computes them; this one closes it.
        plan: Returns the tiles of an image by height and width.
    """

    def __init__(self, inferer: Inferer, plan: PlanFor) -> None:
        self._inferer = inferer
        self._plan = plan

    def run(self, job: Job) -> Maps[Any]:
        """Return the maps of one image; where they are wanted in another form, without looks."""
        maps = self._inferer.run(job)
        if job.request is not None:
            return maps
        jobs = [(change, changed_job(job, change, self._plan)) for change in CHANGES]
        looks = [_look(change, self._inferer.run(one)) for change, one in jobs]
        _add_times(job, [one for _, one in jobs])
        return replace(maps, looks=tuple(looks))

    def open_lane(self, alone: bool = False, lasting: bool = False) -> Lane:
        """Start what one stream needs; see `Inferer.open_lane`."""
        return _RobustLane(self._inferer.open_lane(alone, lasting), self._plan)

    def close(self) -> None:
        """Close the inferer that computes."""
        self._inferer.close()


class _RobustLane(Lane):
    """Submits changed copies before their image, so that they are done when it concludes."""

    def __init__(self, lane: Lane, plan: PlanFor) -> None:
        self._lane = lane
        self._plan = plan

    def submit(self, task: Task[Result], prepared: Future[Job | None]) -> Future[Result]:
        changed = [_then(prepared, change, self._plan) for change in CHANGES]
        looks = [
            self._lane.submit(_LookTask(change), one)
            for change, one in zip(CHANGES, changed, strict=True)
        ]
        return self._lane.submit(_LookedAt(task, looks, prepared, changed), prepared)

    def stop(self) -> None:
        self._lane.stop()

    def close(self) -> None:
        self._lane.close()


class _LookTask(Task["Look | None"]):
    """One changed copy; what fails with it fails with its image."""

    def __init__(self, change: Change) -> None:
        self._change = change

    def weight(self) -> int | None:
        return None

    def prepare(self) -> Job | None:
        return None

    def conclude(self, maps: Maps[Any] | None) -> Look | None:
        return None if maps is None else _look(self._change, maps)

    def fail(self, error: Exception) -> Look | None:
        raise error


class _LookedAt(Task[Result]):
    """A task whose maps have looks beside them."""

    def __init__(
        self,
        task: Task[Result],
        looks: Sequence[Future[Look | None]],
        prepared: Future[Job | None],
        changed: Sequence[Future[Job | None]],
    ) -> None:
        self._task = task
        self._looks = looks
        self._prepared = prepared
        self._changed = changed

    def weight(self) -> int | None:
        return self._task.weight()

    def prepare(self) -> Job | None:
        return self._task.prepare()

    def conclude(self, maps: Maps[Any] | None) -> Result:
        if maps is None:
            return self._task.conclude(None)
        # Those of the lane that came before this one are done, or at work: none waits for this.
        found = [look.result() for look in self._looks]
        job = self._prepared.result()
        if job is not None:
            _add_times(job, [one for copy in self._changed if (one := copy.result()) is not None])
        looks = tuple(look for look in found if look is not None)
        return self._task.conclude(replace(maps, looks=looks))

    def fail(self, error: Exception) -> Result:
        return self._task.fail(error)


def changed_job(job: Job, change: Change, plan: PlanFor) -> Job:
    """Return the job of a changed copy.

    Raises:
        RecipeError: If the image has a side that is too long to be changed.
    """
    longest = max(job.image.shape[:2])
    if longest > _LONGEST:
        raise RecipeError(
            f"robust examines images with sides of up to {_LONGEST} pixels, but this one has "
            f"{longest}; leave out `robust=True`"
        )
    pixels = change.apply(job.image)
    height, width = pixels.shape[:2]
    return replace(job, image=pixels, plan=plan(height, width), clock=StageClock())


def _look(change: Change, maps: Maps[Any]) -> Look:
    return Look(change.name, maps.probability, change.back)


def _then(prepared: Future[Job | None], change: Change, plan: PlanFor) -> Future[Job | None]:
    """Promise the job of a changed copy; it is changed on the thread that prepares the image."""
    promised: Future[Job | None] = Future()

    def go(done: Future[Job | None]) -> None:
        try:
            job = done.result()
            promised.set_result(None if job is None else changed_job(job, change, plan))
        except BaseException as error:
            promised.set_exception(error)

    prepared.add_done_callback(go)
    return promised


def _add_times(job: Job, others: Sequence[Job]) -> None:
    for other in others:
        for stage, seconds in other.clock.seconds.items():
            job.clock.add(stage, seconds)
