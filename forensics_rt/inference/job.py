"""What an inferer is given: a job, or a task that becomes one in a stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from forensics_rt.inference.timing import StageClock
from forensics_rt.io.coefficients import CoefficientRows
from forensics_rt.plan.maps import Maps
from forensics_rt.plan.tiling import Plan

if TYPE_CHECKING:
    from forensics_rt.cuda.request import MapRequest

Result_co = TypeVar("Result_co", covariant=True)


class Task(ABC, Generic[Result_co]):
    """One item of a stream: it makes a job, and a result from the job's maps.

    A job is such a task itself, whose result is its maps.
    """

    @abstractmethod
    def weight(self) -> int | None:
        """Return how many pixels it has, before they are decoded; `None` if nothing tells."""

    @abstractmethod
    def prepare(self) -> Job | None:
        """Decode and plan; `None` where the result needs no network. Runs on a decoding thread."""

    @abstractmethod
    def conclude(self, maps: Maps[Any] | None) -> Result_co:
        """Return the result; `maps` is `None` where there was no job."""

    @abstractmethod
    def fail(self, error: Exception) -> Result_co:
        """Return what comes in place of a result after an error, or raise it."""


@dataclass(frozen=True, eq=False)
class Job(Task[Maps[Any]]):
    """One image to infer.

    Attributes:
        image: H×W×3 uint8 RGB: a numpy array, or an array on the GPU where the inferer works there;
            for the banded inferer a `RowSource`.
        plan: Its tiles.
        clock: Takes the time of each stage.
        request: In which form the maps are wanted; `None` for float32 maps on the host, which is
            all that the inferers of the host make.
        check: Called between tiles on the host, and before an image on a GPU; raises to have the
            work stopped. `None` for nobody who may want that.
        coefficients: Of its JPEG, for networks that read them; on the host alone.
    """

    image: Any
    plan: Plan
    clock: StageClock = field(default_factory=StageClock)
    request: MapRequest | None = None
    check: Callable[[], None] | None = None
    coefficients: CoefficientRows | None = None

    def weight(self) -> int:
        """Return its pixels."""
        return self.plan.height * self.plan.width

    def prepare(self) -> Job:
        """Return itself."""
        return self

    def conclude(self, maps: Maps[Any] | None) -> Maps[Any]:
        """Return its maps."""
        if maps is None:
            raise ValueError("a job has maps, but none were given")
        return maps

    def fail(self, error: Exception) -> Maps[Any]:
        """Raise the error."""
        raise error
