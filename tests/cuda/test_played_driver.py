"""The GPU's tests without a GPU: real cuda-core and all above it, on a driver that is the CPU.

What this cannot show is what NVIDIA's own driver, compiler and hardware do.
"""

import importlib.util
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cuda.compiled import compiled_driver

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("cuda.core") is None, reason="needs cuda-core"
)
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run Python with arguments, on the played driver if they import it."""
    driver = compiled_driver(tmp_path_factory.mktemp("driver"))

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments], env={**os.environ, "PLAYED_DRIVER": str(driver)},
            cwd=REPOSITORY, capture_output=True, text=True, timeout=600,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("tests", "passed"),
    [
        ("tests/cuda/test_device.py", 12),
        ("tests/cuda/test_gpu.py", 15),
        ("tests/backends/test_device_engines_gpu.py", 4),
        ("tests/benchmarks/gpu/test_ways.py", 1),
    ],
)
def test_what_a_gpu_must_show(run, tests, passed):
    """Less what needs an engine or a PyTorch for GPUs, which skips."""
    done = run(
        "-m", "pytest", "-p", "tests.cuda.played_driver", "-p", "no:cacheprovider", "-m", "gpu",
        tests,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    counts = dict(reversed(pair.split()) for pair in re.findall(r"\d+ [a-z]+", done.stdout))
    assert int(counts["passed"]) >= passed, counts


MISUSE = """
from tests.cuda.played_driver import not_given_back
from forensics_rt.cuda.device import CudaDevice
from forensics_rt.cuda.graph import capture
from forensics_rt.cuda.launch import Kernels
device = CudaDevice()
with device.current():
    one, two = device.create_stream(), device.create_stream()
    host, there = device.allocate_pinned(4096), device.allocate(4096, two)
    two.synchronize()
    {mistake}
    two.synchronize()
"""


@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        ("Kernels(device, two).encode(id(two), 'uint8', 9, there.pointer)", "CUDA_ERROR_700"),
        ("device.clear(there.pointer, 4097, two)", "INVALID_VALUE"),
        (
            "at = there.pointer; del there; device.copy(host.pointer, at, 9, two)",
            "INVALID_VALUE",
        ),
        ("capture(two, two.synchronize)", "CUDA_ERROR_900"),
        ("capture(two, lambda: device.allocate(5, two))", "on a capturing stream"),
        ("device._driver.cuCtxSetCurrent(0); device.create_stream()", "CUDA_ERROR_201"),
        ("two.synchronize(); print(not_given_back(), file=__import__('sys').stderr)", "4096"),
    ],
)
def test_what_a_gpu_refuses_is_refused(run, mistake, found):
    assert found in run("-c", MISUSE.format(mistake=mistake)).stderr


def test_memory_before_its_stream_has_come_to_it_ends_the_process(run):
    # Whether it goes wrong is chance on a GPU too; the dice are thrown often enough.
    early = (
        "kept = [device.allocate(9, one) for _ in range(40)]; "
        "[device.copy(piece.pointer, host.pointer, 9, two) for piece in kept]"
    )
    assert run("-c", MISUSE.format(mistake=early)).returncode == -signal.SIGSEGV
