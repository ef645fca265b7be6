"""CUDA graphs: work that is queued once, kept, and queued again with one call."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeAlias

from forensics_rt.cuda.port import Stream
from forensics_rt.errors import EngineFailed


class CudaGraph:
    """Work that was recorded, ready to be queued with the addresses it was recorded with.

    Args:
        driver: The module `cuda.bindings.driver`.
        executable: The driver's handle.
    """

    def __init__(self, driver: Any, executable: Any) -> None:
        """Keep the handle."""
        self._driver = driver
        self._executable: Any = executable

    def launch(self, stream: Stream) -> None:
        """Queue all of it on a stream."""
        _check(self._driver.cuGraphLaunch(self._executable, stream.handle))

    def close(self) -> None:
        """Destroy it; the driver waits with that for a launch under way."""
        if self._executable is not None:
            _check(self._driver.cuGraphExecDestroy(self._executable))
            self._executable = None


Capture: TypeAlias = Callable[[Stream, Callable[[], None]], CudaGraph]


def capture(stream: Stream, work: Callable[[], None]) -> CudaGraph:
    """Record what a function queues on a stream, without running it.

    Other threads may use the device meanwhile.

    Args:
        stream: Not the default stream; the function queues on it, directly or through others that
            wait for it and that it waits for.
        work: Queues the work. It must not wait, nor take memory.

    Raises:
        EngineFailed: If the driver refuses something that was queued.
    """
    driver = importlib.import_module("cuda.bindings.driver")
    mode = driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
    _check(driver.cuStreamBeginCapture(stream.handle, mode))
    try:
        work()
    except BaseException:
        # The stream has to leave capture in any case. What broke it is the better message.
        _, recorded = driver.cuStreamEndCapture(stream.handle)
        if recorded is not None and int(recorded):
            driver.cuGraphDestroy(recorded)
        raise
    recorded = _check(driver.cuStreamEndCapture(stream.handle))
    try:
        return CudaGraph(driver, _check(driver.cuGraphInstantiate(recorded, 0)))
    finally:
        _check(driver.cuGraphDestroy(recorded))


def _check(answer: tuple[Any, ...]) -> Any:
    code, *values = answer
    if int(code):
        raise EngineFailed(f"CUDA graph: the driver answered {code!r}")
    return values[0] if values else None
