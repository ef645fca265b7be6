"""A CUDA driver that is the CPU, for a process of its own: `pytest -p tests.cuda.played_driver`.

Whoever asks for `libcuda.so.1` after this import gets it: the loader knows a library that is there
by its name. So cuda-core, the code on top of it and the kernels run as they do on a GPU, and the
GPU's tests can be run without one. See `libcuda.cpp` for what it refuses. `PLAYED_DRIVER` may name
the library where it was built before.
"""

import ctypes
import gc
import os
import tempfile

import pytest

from tests.cuda.compiled import compiled_driver

LEFT = ("bytes", "page-locked bytes", "streams", "events", "graphs", "contexts")
DEFAULT_STREAMS = 3


def load():
    if built := os.environ.get("PLAYED_DRIVER"):
        return ctypes.CDLL(built)
    with tempfile.TemporaryDirectory() as folder:
        return ctypes.CDLL(str(compiled_driver(folder)))


def not_given_back():
    """What is still taken of the driver, by name."""
    gc.collect()
    numbers = (ctypes.c_size_t * len(LEFT))()
    library.played_left(numbers)
    left = dict(zip(LEFT, numbers, strict=True))
    left["streams"] -= DEFAULT_STREAMS
    return {name: number for name, number in left.items() if number}


library = load()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Fail if something was not given back after the last test."""
    if left := not_given_back():
        print(f"\nnot given back to the driver: {left}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
