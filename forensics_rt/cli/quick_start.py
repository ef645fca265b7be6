"""How the interpreter is set while a command starts: for imports, not for work."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds after which a thread that imports lets another go on: the one that compiles needs only
# moments between its calls of the engine, and would wait ten times as long for each.
_SWITCH = 0.0005
# To look through every package that is installed for plug-ins of pydantic.
_PLUGINS = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}
# To start threads that multiply matrices with numpy, and wait busily for some first.
_MATRICES = {"OPENBLAS_NUM_THREADS": "1"}


@contextmanager
def quick_start(matrices: bool = True) -> Iterator[None]:
    """Search nothing for garbage meanwhile, and let other threads come to their turn soon.

    What is there at the end stays for good, as modules do, and is never searched.

    Args:
        matrices: Whether numpy is to multiply matrices on several threads, where it is imported
            meanwhile.
    """
    if not gc.isenabled():  # within another, or as somebody else wants it
        yield
        return
    spared = _PLUGINS if matrices else _PLUGINS | _MATRICES
    unset = [name for name in spared if name not in os.environ]
    os.environ.update({name: spared[name] for name in unset})
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        sys.setswitchinterval(interval)
        for name in unset:
            os.environ.pop(name, None)
