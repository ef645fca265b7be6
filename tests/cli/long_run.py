"""`forensics-rt detect` with an engine that takes its time and writes down what it is given.

Run as `python -m tests.cli.long_run LOG SECONDS detect …`: each call of the engine adds the first
pixel of its tile, which tells the images of a test apart, to LOG.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np

from forensics_rt.backends import registry
from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.cli.main import main


class SlowEngine(Backend):
    """Answers by brightness, one tile a call."""

    capabilities = Capabilities("slow", "cpu", "fp32", 1, {"slow": "1"})

    def __init__(self, log: str, seconds: float) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._seconds = seconds

    def _infer(self, member: int, images: np.ndarray) -> np.ndarray:
        os.write(self._log, b"%d\n" % images[0, 0, 0, 0])
        time.sleep(self._seconds)
        return (images.mean(axis=3) / 255).astype(np.float32)

    def close(self) -> None:
        os.close(self._log)


if __name__ == "__main__":
    # Shells start what they put into the background with Ctrl-C ignored, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    log, seconds, *sys.argv[1:] = sys.argv[1:]
    registry.open_backend = lambda *asked, **tuning: SlowEngine(log, float(seconds))
    main()
