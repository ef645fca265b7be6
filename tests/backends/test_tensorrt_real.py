"""A real engine of TensorRT for RTX, built here and opened where there is no driver."""

import subprocess
import sys
from pathlib import Path

import pytest

from export.tensorrt.add import add_engines
from export.tensorrt.request import EngineRequest
from forensics_rt.backends import tensorrt_rtx
from forensics_rt.bundle.engines.probe import installed_tensorrt
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.driver import DriverStatus, probe_driver
from forensics_rt.system.gpu_platform import GpuPlatform
from tests.backends.played_tensorrt import Context, Engine, PlayedTensorRT
from tests.export.conftest import Tiny, with_contrast
from tests.export.tensorrt.bundles import Log, quick_bundle

pytest.importorskip("tensorrt_rtx", reason="pip install 'forensics_rt[tensorrt-rtx]'")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    if probe_driver().usable:
        pytest.skip("this machine has a driver; see test_tensorrt_gpu.py")
    folder = tmp_path_factory.mktemp("real")
    bundle = quick_bundle(folder / "tiny", with_contrast(Tiny()), (64,))
    request = EngineRequest("tensorrt-rtx", compute_capabilities=("8.6",))
    here = GpuPlatform(tensorrt=installed_tensorrt())
    return Bundle.open(add_engines(bundle, folder / "engines", request, here, Log()))


def in_a_process_of_its_own(script, *arguments):
    """A crash would take the tests down with it."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, f"{done.returncode}: {done.stderr}"
    return done.stdout


def test_opening_it_is_an_error_that_names_the_driver(built):
    said = in_a_process_of_its_own(
        """
import sys
from forensics_rt import Detector
from forensics_rt.errors import BackendUnavailable
try:
    Detector(sys.argv[1], "tensorrt-rtx")
except BackendUnavailable as error:
    print(error)
assert "tensorrt_rtx" not in sys.modules
""",
        built.path,
    )
    assert said.startswith("no backend can run here; tried tensorrt-rtx: no NVIDIA driver")


def test_the_adapter_itself_is_an_error_before_anything_is_loaded(built):
    said = in_a_process_of_its_own(
        """
import sys
from forensics_rt import Bundle
from forensics_rt.backends.tensorrt_rtx import TensorRTRTXBackend
from forensics_rt.errors import CudaUnavailable
try:
    TensorRTRTXBackend(Bundle.open(sys.argv[1]))
except CudaUnavailable as error:
    print(error)
assert "tensorrt_rtx" not in sys.modules
""",
        built.path,
    )
    assert said.startswith("CUDA cannot be used here: no NVIDIA driver")


def test_what_the_real_runtime_refuses_is_a_mismatch_with_its_words(built):
    """Past the probe, with the real module: the loader sees None and says why."""
    said = in_a_process_of_its_own(
        """
import sys
import tensorrt_rtx
from forensics_rt import Bundle
from forensics_rt.backends.tensorrt.loader import EngineLoader
from forensics_rt.system.gpu_platform import GpuPlatform
from forensics_rt.bundle.engines.probe import installed_tensorrt
from forensics_rt.errors import EngineMismatch
as_if = GpuPlatform("NVIDIA RTX A4000", "8.6", "580.65", "13.0", installed_tensorrt())
try:
    EngineLoader("tensorrt-rtx", Bundle.open(sys.argv[1]), as_if, tensorrt_rtx).load(0, 64)
except EngineMismatch as error:
    print(error)
""",
        built.path,
    )
    assert "tensorrt-rtx cannot load engines/tensorrt-rtx/fold1-64-fp16.plan: " in said
    assert "it gave no reason" not in said
    assert "python -m export.build_engines --bundle" in said


def test_what_the_adapter_calls_is_there_in_the_real_module():
    """The played TensorRT must not have what the real one lacks."""
    trt = pytest.importorskip("tensorrt_rtx")
    played = PlayedTensorRT(None)
    for name in ("TensorIOMode", "DataType", "ExecutionContextAllocationStrategy",
                 "DynamicShapesKernelSpecializationStrategy", "CudaGraphStrategy"):  # fmt: skip
        assert all(hasattr(getattr(trt, name), member.name) for member in getattr(played, name))
    for severity in played.ILogger.Severity:
        assert hasattr(trt.ILogger.Severity, severity.name)
    for real, ours in ((trt.IExecutionContext, Context), (trt.ICudaEngine, Engine)):
        names = [name for name in vars(ours) if not name.startswith("_") and name != "in_use"]
        assert names and all(hasattr(real, name) for name in names), names
    assert hasattr(trt.IExecutionContext, "active_optimization_profile")
    assert hasattr(trt.ICudaEngine, "device_memory_size_v2")
    for name in ("deserialize_cuda_engine", "engine_host_code_allowed"):
        assert hasattr(trt.Runtime, name)
    for name in ("cuda_graph_strategy", "dynamic_shapes_kernel_specialization_strategy"):
        assert hasattr(trt.IRuntimeConfig, name)


@pytest.mark.parametrize(
    ("capability", "runs"), [("7.5", True), ("8.9", True), ("9.0", False), ("13.0", True)]
)
def test_gpus_that_it_does_not_run_on_are_known_before_an_engine_is_loaded(
    monkeypatch, capability, runs
):
    """On Hopper it said: "TensorRT-RTX does not support this compute capability"."""
    machine = GpuPlatform("NVIDIA H200", capability, "580.159.04", "13.0", installed_tensorrt())
    monkeypatch.setattr(tensorrt_rtx, "gpu_platform", lambda ordinal: machine)
    monkeypatch.setattr(tensorrt_rtx, "probe_driver", lambda: DriverStatus(None))

    assert tensorrt_rtx.runs_on(capability) is runs
    found = tensorrt_rtx.unavailable("cuda")
    assert (found is None) is runs
    if not runs:
        assert "loads no engine on compute capability 9.0 (NVIDIA H200); use tensorrt" in found
