"""What each stage on a device costs when it runs alone."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import DeviceEngine
from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.cuda.port import Device, Stream
from forensics_rt.plan.tiling import Plan
from forensics_rt.recipe import Recipe


class TimedDevice:
    """A device that waits after every step and adds up what each kind of step took.

    The sum is more than an image costs: on the way itself nothing waits, and copies run beside
    kernels.

    Args:
        device: The device that does the work.
    """

    def __init__(self, device: Device) -> None:
        """Start with no time."""
        self._device = device
        self.seconds: dict[str, float] = defaultdict(float)

    def __getattr__(self, name: str) -> Any:
        """Leave the rest to the device."""
        return getattr(self._device, name)

    def copy(self, target: int, source: int, size: int, stream: Stream) -> None:
        """Copy, and wait."""
        self.timed("copy", stream, lambda: self._device.copy(target, source, size, stream))

    def clear(self, target: int, size: int, stream: Stream) -> None:
        """Clear, and wait."""
        self.timed("clear", stream, lambda: self._device.clear(target, size, stream))

    def launch(self, kernel: str, *arguments: Any) -> None:
        """Run a kernel, and wait."""
        stream = arguments[-1]
        self.timed(kernel, stream, lambda: self._device.launch(kernel, *arguments))

    def timed(self, name: str, stream: Stream, work: Any) -> None:
        """Add the time of a step, with nothing else under way."""
        stream.synchronize()
        start = time.perf_counter()
        work()
        stream.synchronize()
        self.seconds[name] += time.perf_counter() - start


def gpu_stage_table(
    engine: DeviceEngine,
    recipe: Recipe,
    weights: tuple[float, ...],
    batch: int,
    page: tuple[npt.NDArray[np.uint8], Plan],
    repeats: int,
) -> dict[str, float]:
    """Return milliseconds an image by stage, each measured alone.

    Args:
        engine: The device, and what runs the members there.
        recipe: How tiles are turned, weighted and merged.
        weights: Of the members that vote.
        batch: Most views in one call of the engine.
        page: An image and its tiles.
        repeats: How many images to take the mean over, after one that does not count.
    """
    device: Any = TimedDevice(engine.device)

    def infer(member: int, images: int, out: int, shape: tuple[int, int, int], at: int) -> None:
        stream = engine.device.adopt_stream(at)
        device.timed("engine", stream, lambda: engine.infer(member, images, out, shape, at))

    path = DevicePath(device, infer, recipe, weights, batch)
    path(*page)
    device.seconds.clear()
    for _ in range(repeats):
        path(*page)
    return {name: round(1000 * value / repeats, 4) for name, value in device.seconds.items()}
