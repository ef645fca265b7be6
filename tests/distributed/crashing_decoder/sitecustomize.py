"""First on the path of a process: its decoder of BMP crashes on pictures of 13 × 13 pixels."""

import os
import signal

from PIL import BmpImagePlugin

_load = BmpImagePlugin.BmpImageFile.load


def _crash_or_load(self):
    if self.size == (13, 13):
        os.kill(os.getpid(), signal.SIGKILL)
    return _load(self)


BmpImagePlugin.BmpImageFile.load = _crash_or_load
