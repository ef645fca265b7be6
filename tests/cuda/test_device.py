"""How a GPU is used through cuda-core. Run as those of `test_gpu.py` are."""

import ctypes
from types import SimpleNamespace

import numpy as np
import pytest

from forensics_rt.cuda import compile as compiler
from forensics_rt.cuda.device import CudaDevice
from forensics_rt.cuda.driver import probe_driver
from forensics_rt.errors import CudaUnavailable, EngineFailed

pytestmark = pytest.mark.gpu


class HostProgram:
    """A program that uses the driver by itself, in a context of its own."""

    def __init__(self):
        self.driver = ctypes.CDLL("libcuda.so.1")
        self.context = self.ask("cuCtxCreate_v2", 0, 0)

    def ask(self, function, *arguments):
        """Call a function that answers through its first argument."""
        found = ctypes.c_void_p()
        assert getattr(self.driver, function)(ctypes.byref(found), *arguments) == 0
        return found.value

    def current(self):
        return self.ask("cuCtxGetCurrent")

    def close(self):
        self.driver.cuCtxDestroy_v2(ctypes.c_void_p(self.context))


@pytest.fixture
def host_program(device):
    program = HostProgram()
    yield program
    program.close()


def test_the_context_of_the_host_program_is_left_as_it_was(device, host_program):
    opened = CudaDevice(0)
    assert host_program.current() == host_program.context, "opening a device does not change it"
    with opened.current():
        assert host_program.current() not in (None, host_program.context)
    assert host_program.current() == host_program.context

    with pytest.raises(ZeroDivisionError), device.current():
        raise ZeroDivisionError
    assert host_program.current() == host_program.context


def test_a_driver_older_than_the_compiler_is_refused_with_the_mend(device, monkeypatch):
    monkeypatch.setattr(compiler, "compiler_version", lambda: "99.1")
    with pytest.raises(CudaUnavailable, match=r"but NVRTC is of CUDA 99\.1: update the driver"):
        CudaDevice(0)


def test_kernels_that_do_not_load_make_the_device_unavailable(device, monkeypatch):
    monkeypatch.setattr(compiler, "load_cubin", lambda architecture: bytes(4096))
    with pytest.raises(CudaUnavailable, match="the kernels cannot be loaded: GPU 0: CUDA_ERROR"):
        CudaDevice(0)


def test_errors_of_cuda_become_ours(device):
    with pytest.raises(EngineFailed, match="GPU 0: CUDA_ERROR"), device.current():
        device.allocate(2**50, device.create_stream())


def test_errors_of_the_driver_become_ours(device):
    with device.current():
        stream = device.create_stream()
        with pytest.raises(EngineFailed, match=r"the CUDA driver answered .*INVALID_VALUE"):
            device.copy(0, 0, 3, stream)
        with pytest.raises(EngineFailed, match="INVALID_VALUE"):
            device.clear(0, 3, stream)


def test_copies_and_clears_happen_in_the_order_of_their_stream(device):
    with device.current():
        stream = device.create_stream()
        there, here = device.allocate(300, stream), device.allocate_pinned(300)
        here.array[:] = np.arange(300, dtype=np.uint8)
        device.copy(there.pointer, here.pointer, 300, stream)
        device.clear(there.pointer + 100, 100, stream)
        device.copy(here.pointer, there.pointer, 300, stream)
        stream.synchronize()

    expected = np.arange(300, dtype=np.uint8)
    expected[100:200] = 0
    assert np.array_equal(here.array, expected)


def test_an_event_holds_another_stream_back(device):
    with device.current():
        one, two = device.create_stream(), device.create_stream()
        there, here = device.allocate(1 << 22, one), device.allocate_pinned(1 << 22)
        here.array[:] = 7
        for _ in range(20):
            device.copy(there.pointer, here.pointer, here.size, one)
        done = one.record()
        two.wait(done)
        device.clear(there.pointer, there.size, two)
        device.copy(here.pointer, there.pointer, here.size, two)
        two.synchronize()
        done.synchronize()

    assert not here.array.any()


def test_memory_of_its_own_is_known(device):
    with device.current():
        assert device.owner_of(device.allocate(5, device.create_stream()).pointer) is None
        assert device.owner_of(device.allocate_pinned(5).pointer) is None


def test_memory_of_the_host_is_not_taken_for_memory_of_the_gpu(device):
    there = np.zeros(4096, np.uint8)
    with device.current():
        assert "does not know its address" in device.owner_of(there.ctypes.data)


def test_memory_of_another_context_is_told_apart(device, host_program):
    pointer = host_program.ask("cuMemAlloc_v2", 512)
    with device.current():
        assert "retain_primary_context" in device.owner_of(pointer)
    host_program.driver.cuMemFree_v2(ctypes.c_void_p(pointer))


def test_memory_of_another_gpu_is_told_apart(device):
    if probe_driver().devices < 2:
        pytest.skip("needs two GPUs")
    other = CudaDevice(1)
    with other.current():
        memory = other.allocate(512, other.create_stream())
    with device.current():
        assert "it is on GPU 1, not on GPU 0" in device.owner_of(memory.pointer)


def test_a_stream_of_another_kind_is_refused(device):
    with pytest.raises(TypeError, match="must be a CudaStream, but is SimpleNamespace"):
        device.allocate(5, SimpleNamespace(handle=1))
