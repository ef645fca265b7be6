import ctypes
import subprocess
import sys

import pytest

from forensics_rt.cuda import driver
from forensics_rt.cuda.device import CudaDevice
from forensics_rt.cuda.driver import DriverStatus, ask, probe_driver, require_driver
from forensics_rt.errors import BackendUnavailable, CudaUnavailable, ForensicsError


class FakeLibrary:
    """A driver library that answers what it is told to."""

    def __init__(self, init=0, version=13000, devices=2, count_code=0):
        self._answers = (init, version, devices, count_code)

    def cuInit(self, flags):
        return self._answers[0]

    def cuDriverGetVersion(self, number):
        number._obj.value = self._answers[1]
        return 0

    def cuDeviceGetCount(self, number):
        number._obj.value = self._answers[2]
        return self._answers[3]


def test_a_driver_with_gpus_is_usable():
    status = ask(FakeLibrary(version=12080))

    assert status == DriverStatus(None, (12, 8), 2)
    assert status.usable


@pytest.mark.parametrize(
    ("library", "reason"),
    [
        (FakeLibrary(init=100), "cuInit failed with error 100: the driver sees no GPU"),
        (FakeLibrary(init=803), "differ in version; reboot"),
        (FakeLibrary(init=4711), "error 4711: see CUresult"),
        (FakeLibrary(count_code=3), "cuDeviceGetCount failed with error 3"),
        (FakeLibrary(devices=0), "the driver sees no GPU"),
    ],
)
def test_a_driver_without_says_why(library, reason):
    status = ask(library)

    assert not status.usable
    assert reason in status.reason


@pytest.fixture
def no_driver(monkeypatch):
    def refuse(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    probe_driver.cache_clear()
    yield
    probe_driver.cache_clear()


def test_without_a_driver_there_is_an_error_that_says_what_to_do(no_driver):
    assert "no NVIDIA driver" in probe_driver().reason
    for what in (require_driver, CudaDevice):
        with pytest.raises(CudaUnavailable, match="Install an NVIDIA driver, or use device 'cpu'"):
            what()


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(driver, "probe_driver", lambda: DriverStatus(None, (13, 0), 2))

    assert require_driver(1).devices == 2
    with pytest.raises(CudaUnavailable, match="must be from 0 to 1, but is 2"):
        require_driver(2)


def test_it_is_one_of_our_errors():
    assert issubclass(CudaUnavailable, BackendUnavailable)
    assert issubclass(CudaUnavailable, ForensicsError)


def test_everything_imports_without_cuda_core_and_says_so_when_called():
    script = """
import sys
for name in ("cuda", "cuda.core", "cuda.bindings", "torch", "cupy", "nvidia"):
    sys.modules[name] = None
import pkgutil, importlib, forensics_rt.cuda
for module in pkgutil.iter_modules(forensics_rt.cuda.__path__):
    importlib.import_module(f"forensics_rt.cuda.{module.name}")
from forensics_rt.cuda.compile import compile_kernels
from forensics_rt.errors import CudaUnavailable
try:
    compile_kernels("sm_90")
except CudaUnavailable as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "package 'cuda-core' cannot be imported" in done.stdout
    assert "pip install 'forensics_rt[gpu]'" in done.stdout
