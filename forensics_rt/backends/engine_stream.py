"""An engine that computes on one stream for life, called from many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from forensics_rt.cuda.port import Device


class EngineStream:
    """The stream of an engine, which callers on streams of their own use one after the other.

    Runs share the engine's scratch memory, which is safe only in the order of one stream.

    Args:
        device: The GPU.

    Attributes:
        device: The GPU.
        stream: What the engine computes on.
    """

    def __init__(self, device: Device) -> None:
        """Make the stream."""
        self.device = device
        self._running = threading.Lock()
        with device.current():
            self.stream = device.create_stream()

    @contextmanager
    def after(self, caller: int) -> Iterator[None]:
        """Queue work that comes after all that is in a caller's stream, and before all else there.

        The two streams wait for each other on the device, not here.

        Args:
            caller: Address of the caller's stream.
        """
        with self._running, self.device.current():
            theirs = self.device.adopt_stream(caller)
            self.stream.wait(theirs.record())
            try:
                yield
            finally:
                # What was queued before a failure still reads the caller's memory.
                theirs.wait(self.stream.record())

    def close(self) -> None:
        """Wait for what is under way."""
        with self.device.current():
            self.stream.synchronize()
