"""How a GPU is used through cuda-core; cuda-core and the driver are played."""

from types import SimpleNamespace

import numpy as np
import pytest

from forensics_rt.cuda import compile as compiler
from forensics_rt.cuda import device as module
from forensics_rt.cuda.device import CudaDevice
from forensics_rt.cuda.driver import DriverStatus
from forensics_rt.errors import CudaUnavailable, EngineFailed

PRIMARY, FOREIGN = 11, 99


class CudaError(Exception):
    """As cuda-core's own, which it does not export."""

    __module__ = "cuda.core._utils"


class PlayedDriver:
    """Contexts and pointers of a driver; every function answers (code, values…)."""

    CUpointer_attribute = SimpleNamespace(
        CU_POINTER_ATTRIBUTE_CONTEXT="context", CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL="ordinal"
    )

    def __init__(self):
        self.current = 0
        self.pointers = {}
        self.calls = []
        self.code = 0

    def cuCtxGetCurrent(self):
        return 0, self.current

    def cuCtxSetCurrent(self, context):
        self.current = context
        return (0,)

    def cuPointerGetAttribute(self, attribute, pointer):
        found = self.pointers.get(pointer, {})
        return (0, found[attribute]) if attribute in found else (1, None)

    def cuMemcpyAsync(self, *arguments):
        self.calls.append(("copy", *arguments))
        return (self.code,)

    def cuMemsetD8Async(self, *arguments):
        self.calls.append(("clear", *arguments))
        return (self.code,)


class PlayedCore:
    """cuda-core, as far as it is used."""

    def __init__(self, driver):
        self.launched = []
        self.architecture = "90"
        core = self

        class Device:
            name = "a GPU"

            def __init__(self, ordinal):
                self.arch = core.architecture

            def set_current(self):
                driver.current = PRIMARY

            def create_stream(self):
                return SimpleNamespace(handle=500)

        self.Device = Device
        self.LegacyPinnedMemoryResource = SimpleNamespace
        code = SimpleNamespace(get_kernel=lambda name: f"kernel {name}")
        self.ObjectCode = SimpleNamespace(from_cubin=lambda cubin: code)

    def LaunchConfig(self, grid, block):
        return grid, block

    def launch(self, stream, config, kernel, *arguments):
        self.launched.append((stream.handle, config, kernel, arguments))


@pytest.fixture
def driver():
    return PlayedDriver()


@pytest.fixture
def core(driver):
    return PlayedCore(driver)


@pytest.fixture
def device(monkeypatch, driver, core):
    status = DriverStatus(None, (13, 0), 1)
    monkeypatch.setattr(module, "require_driver", lambda ordinal: status)
    monkeypatch.setattr(compiler, "compiler_version", lambda: "13.5")
    monkeypatch.setattr(compiler, "import_cuda_core", lambda: core)
    monkeypatch.setattr(compiler, "load_cubin", lambda architecture: architecture.encode())
    monkeypatch.setattr(module.importlib, "import_module", lambda name: driver)
    driver.current = FOREIGN
    return CudaDevice(0)


def test_the_context_of_the_host_program_is_left_as_it_was(device, driver):
    assert driver.current == FOREIGN, "opening the device does not change it"
    with device.current():
        assert driver.current == PRIMARY
    assert driver.current == FOREIGN

    with pytest.raises(ZeroDivisionError), device.current():
        raise ZeroDivisionError
    assert driver.current == FOREIGN


def test_a_driver_older_than_the_compiler_is_refused_with_the_mend(device, monkeypatch):
    monkeypatch.setattr(compiler, "compiler_version", lambda: "14.1")
    with pytest.raises(CudaUnavailable, match=r"CUDA 13\.0, but NVRTC is of CUDA 14\.1: update"):
        CudaDevice(0)


def test_kernels_that_do_not_load_make_the_device_unavailable(device, core):
    def refuse(cubin):
        raise CudaError("CUDA_ERROR_NO_BINARY_FOR_GPU")

    core.ObjectCode.from_cubin = refuse
    with pytest.raises(CudaUnavailable, match="cannot be loaded: GPU 0: CUDA_ERROR_NO_BINARY"):
        CudaDevice(0)


def test_errors_of_cuda_become_ours(device):
    with pytest.raises(EngineFailed, match="GPU 0: out of memory"), device.current():
        raise CudaError("out of memory")


def test_errors_of_the_driver_become_ours(device, driver):
    driver.code = 700
    stream = device.create_stream()
    with pytest.raises(EngineFailed, match="the CUDA driver answered 700"):
        device.copy(1, 2, 3, stream)
    with pytest.raises(EngineFailed, match="700"):
        device.clear(1, 2, stream)


def test_copies_and_launches_go_to_their_stream(device, driver, core):
    stream = device.create_stream()
    device.copy(1, 2, 3, stream)
    device.clear(1, 2, stream)
    device.launch("gather", (1, 2, 3), (32, 8, 1), (4096, np.int32(7)), stream)

    assert driver.calls == [("copy", 1, 2, 3, 500), ("clear", 1, 0, 2, 500)]
    launch = (500, ((1, 2, 3), (32, 8, 1)), "kernel gather", (4096, np.int32(7)))
    assert core.launched == [launch]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"ordinal": 0, "context": PRIMARY}, None),
        ({"ordinal": 0, "context": 0}, None),
        ({"ordinal": 0}, None),
        ({"ordinal": 1, "context": PRIMARY}, "it is on GPU 1, not on GPU 0"),
        ({"ordinal": 0, "context": FOREIGN}, "retain_primary_context"),
        ({}, "does not know its address"),
    ],
)
def test_memory_of_others_is_told_apart(device, driver, facts, reason):
    driver.pointers[4096] = facts
    found = device.owner_of(4096)

    assert found is None if reason is None else reason in found


def test_a_stream_of_another_kind_is_refused(device):
    with pytest.raises(TypeError, match="must be a CudaStream, but is SimpleNamespace"):
        device.allocate(5, SimpleNamespace(handle=1))


def test_what_is_used_of_cuda_core_is_there():
    core = pytest.importorskip("cuda.core", reason="needs cuda-core")
    for name in (
        "Device", "LaunchConfig", "LegacyPinnedMemoryResource", "ObjectCode", "Program",
        "ProgramOptions", "Stream", "launch",
    ):  # fmt: skip
        assert hasattr(core, name), name
    for owner, names in {
        core.Device: ("set_current", "create_stream", "allocate", "arch", "name"),
        core.Stream: ("from_handle", "record", "wait", "sync", "handle"),
        core.Event: ("sync",),
        core.ObjectCode: ("from_cubin", "get_kernel"),
        core.Buffer: ("handle", "size"),
    }.items():
        for name in names:
            assert hasattr(owner, name), f"{owner.__name__}.{name}"
    driver = pytest.importorskip("cuda.bindings.driver")
    for name in (
        "cuCtxGetCurrent", "cuCtxSetCurrent", "cuMemcpyAsync", "cuMemsetD8Async",
        "cuPointerGetAttribute",
    ):  # fmt: skip
        assert hasattr(driver, name), name
    config = core.LaunchConfig(grid=(3, 2, 1), block=(32, 8, 1))
    assert (config.grid, config.block) == ((3, 2, 1), (32, 8, 1))
