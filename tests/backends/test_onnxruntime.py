"""ONNX Runtime on a GPU: bound addresses, the caller's stream, and no silent way to the CPU."""

import ctypes
import os
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import numpy as np
import pytest

from forensics_rt.backends import onnxruntime as adapter
from forensics_rt.backends import onnxruntime_providers as providers
from forensics_rt.backends.onnxruntime import ONNXRuntimeBackend, rivals
from forensics_rt.backends.onnxruntime_providers import TENSORRT_RTX
from forensics_rt.backends.onnxruntime_tensorrt import ONNXRuntimeTensorRTBackend
from forensics_rt.backends.onnxruntime_tensorrt_rtx import ONNXRuntimeTensorRTRTXBackend
from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.cuda.driver import probe_driver
from forensics_rt.errors import BackendUnavailable, CudaUnavailable, EngineFailed
from tests.backends.played_tensorrt import PlayedDevice, at
from tests.bundles import brightness_graph, constant_graph, write_bundle
from tests.cuda.test_device_path import BLENDS, TILES, answer, on_cpu, pages, planned, stream


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    graphs = [brightness_graph(), constant_graph(0.5)]
    return write_bundle(tmp_path_factory.mktemp("ort"), graphs, TILES)


class Session:
    """Computes on the stream that it was opened with."""

    def __init__(self, runtime, member, running, options):
        self.runtime, self.member, self.running = runtime, member, running
        self.stream = int(options["user_compute_stream"])
        self.shapes = []

    def get_providers(self):
        return self.running

    def io_binding(self):
        bound = SimpleNamespace()
        bound.bind_input = lambda **what: setattr(bound, "input", what)
        bound.bind_output = lambda **what: setattr(bound, "output", what)
        return bound

    def run_with_iobinding(self, bound, settings):
        assert settings.entries == {"disable_synchronize_execution_providers": "1"}
        into, out = bound.input, bound.output
        self.shapes.append(into["shape"])
        where = (into["name"], into["device_type"], into["device_id"])
        assert where == ("image", "cuda", self.runtime.device.ordinal)
        assert (out["name"], out["element_type"]) == ("probability", np.float32)

        def run():
            images = at(into["buffer_ptr"], into["shape"], np.uint8)
            found = np.ascontiguousarray(answer(self.member, images), np.float32)
            ctypes.memmove(out["buffer_ptr"], found.ctypes.data, found.nbytes)

        self.runtime.device.call(self.stream, run)


class PlayedONNXRuntime:
    __version__ = "1.31.1"

    def __init__(self, device, bundle, running=None):
        self.device, self.running = device, running
        self.graphs = [bundle.graph(member) for member in bundle.manifest.members]
        self.opened, self.sessions, self.libraries, self.preloaded = [], [], [], 0
        self.SessionOptions = PlayedSettings

    def get_available_providers(self):
        return ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]

    def preload_dlls(self):
        assert not self.opened, "afterwards it is too late"
        self.preloaded += 1

    def RunOptions(self):
        settings = SimpleNamespace(entries={})
        settings.add_run_config_entry = settings.entries.__setitem__
        return settings

    def InferenceSession(self, graph, providers=None, sess_options=None):
        if sess_options is not None:
            ((devices, options),) = sess_options.added
            names = [devices[0].ep_name]
            self.chosen = [one.number for one in devices]
        else:
            names, options = [name for name, _ in providers], providers[0][1]
            self.fallbacks = dict(providers[1:])
        self.opened.append((names, options))
        running = [*(self.running or names), "CPUExecutionProvider"]
        self.sessions.append(Session(self, self.graphs.index(graph), running, options))
        return self.sessions[-1]

    def register_execution_provider_library(self, name, path):
        self.libraries.append((name, path))

    def get_ep_devices(self):
        names = [name for name, _ in self.libraries]
        return [SimpleNamespace(ep_name=name, number=gpu) for name in names for gpu in (0, 1)]


class PlayedSettings:
    def __init__(self):
        self.added = []

    def add_provider_for_devices(self, devices, options):
        self.added.append((devices, options))


def open_played(bundle, monkeypatch, kind=ONNXRuntimeBackend, seed=0, running=None, ordinal=0):
    device = PlayedDevice(seed=seed)
    device.ordinal = ordinal
    runtime = PlayedONNXRuntime(device, bundle, running)
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", runtime)
    return kind(bundle, "cuda", gpu=device), device, runtime


@pytest.mark.parametrize("seed", range(6))
def test_batches_on_the_device_are_bound_and_run_in_the_order_of_streams(bundle, monkeypatch, seed):
    backend, device, _ = open_played(bundle, monkeypatch, seed=seed)
    path = DevicePath(device, backend.on_device.infer, BLENDS, (1.0, 2.5), 5)
    work = planned(BLENDS, pages(4, seed=seed, largest=110))
    for (image, plan), maps in zip(work, stream(path, work), strict=True):
        twin = on_cpu(BLENDS, (1.0, 2.5), image, plan, 5)
        assert np.array_equal(maps.probability, twin.probability)


def test_every_call_of_a_session_has_the_same_shape_or_it_would_plan_anew(bundle, monkeypatch):
    backend, _, runtime = open_played(bundle, monkeypatch)
    rng = np.random.default_rng(1)
    for count in (1, 7, 3, 4, 9):
        for side in (32, 64):
            images = rng.integers(0, 256, (count, side, side, 3), np.uint8)
            assert np.array_equal(backend.infer(1, images), answer(1, images))

    used = [session.shapes for session in runtime.sessions if session.shapes]
    assert all(len(set(shapes)) == 1 for shapes in used)
    at_side = [shapes[0][0] for shapes in used if shapes[0][1] == 64]
    assert sorted(at_side) == [1, 4], "few sizes: those for 1, 7, 3, 4 and 9 tiles"


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (2, [2]), (3, [4]), (4, [4]), (5, [4, 1]), (9, [4, 4, 1])]
)
def test_no_more_tiles_are_computed_than_the_next_power_of_two(bundle, monkeypatch, count, sizes):
    backend, _, runtime = open_played(bundle, monkeypatch)
    images = np.random.default_rng(2).integers(0, 256, (count, 32, 32, 3), np.uint8)
    assert np.array_equal(backend.infer(0, images), answer(0, images))
    computed = [shape[0] for session in runtime.sessions for shape in session.shapes]
    assert sorted(computed, reverse=True) == sizes


def test_batches_of_the_host_go_the_same_way(bundle, monkeypatch):
    backend, _, _ = open_played(bundle, monkeypatch)
    images = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), np.uint8)
    assert np.array_equal(backend.infer(0, images), answer(0, images))
    assert (backend.capabilities.name, backend.capabilities.batch) == ("onnxruntime", 4)
    backend.close()


def test_each_provider_gets_its_options(bundle, monkeypatch):
    _, _, runtime = open_played(bundle, monkeypatch, ONNXRuntimeTensorRTBackend)
    names, options = runtime.opened[0]
    assert names == ["TensorrtExecutionProvider", "CUDAExecutionProvider"]
    assert options["trt_profile_min_shapes"] == "image:1x32x32x3"
    assert options["trt_profile_opt_shapes"] == "image:4x64x64x3"
    assert options["trt_profile_max_shapes"] == "image:16x64x64x3"
    assert "trt_engine_cache_enable" not in options, "a cache would be loaded unchecked"
    assert "use_tf32" not in options, "it does not know of it"
    assert runtime.fallbacks["CUDAExecutionProvider"]["use_tf32"] == "0"


def test_cuda_computes_in_float32_and_finds_its_libraries(bundle, monkeypatch):
    _, _, runtime = open_played(bundle, monkeypatch)

    ((_, options),) = runtime.opened
    assert options["use_tf32"] == "0" and runtime.preloaded == 1
    assert (options["device_id"], options["has_user_compute_stream"]) == ("0", "1")


def test_it_computes_on_the_gpu_that_it_is_given(bundle, monkeypatch):
    backend, _, runtime = open_played(bundle, monkeypatch, ONNXRuntimeTensorRTBackend, ordinal=1)
    assert runtime.opened[0][1]["device_id"] == "1"
    assert runtime.fallbacks["CUDAExecutionProvider"]["device_id"] == "1"
    images = np.full((1, 32, 32, 3), 9, np.uint8)
    assert np.array_equal(backend.infer(0, images), answer(0, images))


def test_a_float16_graph_may_use_tensor_cores(tmp_path, monkeypatch):
    half = write_bundle(tmp_path, [brightness_graph()], TILES, precision="fp16")
    _, _, runtime = open_played(half, monkeypatch)
    assert runtime.opened[0][1]["use_tf32"] == "1"


def test_a_session_that_fails_on_the_device_is_an_error_of_the_engine(bundle, monkeypatch):
    backend, device, _ = open_played(bundle, monkeypatch)

    def fail(session, bound, settings):
        raise RuntimeError("CUDA failure 2: out of memory")

    monkeypatch.setattr(Session, "run_with_iobinding", fail)
    path = DevicePath(device, backend.on_device.infer, BLENDS, (1.0, 2.5), 5)
    ((image, plan),) = planned(BLENDS, pages(1, seed=1, largest=110))
    with pytest.raises(EngineFailed, match="member 0: CUDA failure 2: out of memory"):
        path(image, plan)


def test_a_session_that_does_not_open_is_a_backend_that_cannot_run(bundle, monkeypatch):
    class Fail(Exception):
        """As ONNX Runtime's errors: a child of nothing but `Exception`."""

    def refuse(*words):
        raise Fail("CUDNN_STATUS_NOT_INITIALIZED")

    monkeypatch.setattr(adapter, "open_session", refuse)
    with pytest.raises(BackendUnavailable, match=r"session with CUDA\w+: CUDNN_STATUS_NOT_INIT"):
        open_played(bundle, monkeypatch)


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (Exception("CUBLAS_STATUS_ALLOC_FAILED"), (EngineFailed, "member 0: CUBLAS_STATUS_ALLOC")),
        (BackendUnavailable("runs on the CPU"), (BackendUnavailable, "^runs on the CPU$")),
    ],
)
def test_a_session_that_opens_later_and_fails_is_an_error_of_ours(bundle, monkeypatch, error, seen):
    backend, device, _ = open_played(bundle, monkeypatch)

    def refuse(*words):
        raise error

    monkeypatch.setattr(adapter, "open_session", refuse)
    path = DevicePath(device, backend.on_device.infer, BLENDS, (1.0, 2.5), 3)
    ((image, plan),) = planned(BLENDS, pages(1, seed=1, largest=110))
    kind, words = seen
    with pytest.raises(kind, match=words):
        path(image, plan)


@pytest.fixture
def plugin(monkeypatch):
    name = TENSORRT_RTX.name
    module = SimpleNamespace(get_ep_name=lambda: name, get_library_path=lambda: "lib.so")
    monkeypatch.setattr(providers.importlib, "import_module", lambda _: module)
    return name


def test_a_plug_in_is_given_the_gpu_itself(bundle, monkeypatch, plugin):
    kind = ONNXRuntimeTensorRTRTXBackend
    for ordinal in (0, 1):
        _, _, runtime = open_played(bundle, monkeypatch, kind, ordinal=ordinal)
        assert runtime.chosen == [ordinal]
    with pytest.raises(BackendUnavailable, match=r"must offer GPU 2 for .*, but offers 2 in all"):
        open_played(bundle, monkeypatch, kind, ordinal=2)


def test_the_plug_in_of_rtx_is_registered_once(bundle, monkeypatch, plugin):
    backend, _, runtime = open_played(bundle, monkeypatch, ONNXRuntimeTensorRTRTXBackend)
    for member in (0, 1, 0):
        backend.infer(member, np.zeros((1, 32, 32, 3), np.uint8))

    assert runtime.libraries == [(plugin, "lib.so")]
    assert [names for names, _ in runtime.opened] == [[plugin], [plugin]]
    _, options = runtime.opened[0]
    assert options["nv_profile_max_shapes"] == "image:16x64x64x3"
    assert options["has_user_compute_stream"] == "1" and "device_id" not in options


@pytest.mark.parametrize("kind", [ONNXRuntimeBackend, ONNXRuntimeTensorRTBackend])
def test_a_provider_that_fell_back_is_an_error_naming_what_was_got(bundle, monkeypatch, kind):
    wanted = "TensorrtExecutionProvider" if "TensorRT" in kind.__name__ else "CUDAExecutionProvider"
    with pytest.raises(BackendUnavailable, match=f"asked for {wanted} and runs on OtherExecution"):
        open_played(bundle, monkeypatch, kind, running=["OtherExecutionProvider"])


def test_the_real_package_never_falls_back_in_silence(bundle):
    if probe_driver().usable:
        pytest.skip("this machine has CUDA")
    with (
        pytest.warns(UserWarning, match="not in available provider names"),
        pytest.raises(BackendUnavailable, match="asked for CUDAExecutionProvider and runs on CPU"),
    ):
        ONNXRuntimeBackend(bundle, "cuda", gpu=PlayedDevice())


def test_without_a_driver_it_does_not_start(bundle):
    if probe_driver().usable:
        pytest.skip("this machine has CUDA")
    with pytest.raises(CudaUnavailable, match="no NVIDIA driver"):
        ONNXRuntimeBackend(bundle, "cuda")


def test_both_builds_at_once_are_named_as_the_cause(bundle, monkeypatch):
    assert rivals() is None or metadata.version("onnxruntime-gpu")
    monkeypatch.setattr(adapter.metadata, "version", lambda package: "1.31.1")
    assert rivals().startswith("onnxruntime and onnxruntime-gpu are both installed")
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    assert "are both installed" in adapter.unavailable("cuda")
    with pytest.raises(BackendUnavailable, match="both installed, share one folder"):
        open_played(bundle, monkeypatch, running=["CPUExecutionProvider"])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere reports are the system's")
def test_onnxruntime_neither_reports_nor_numbers_the_machine(tmp_path):
    """Else its import leaves a `deviceid` in the user's cache folder."""
    script = "from forensics_rt.backends.registry import examine; print(examine('onnxruntime'))"
    named = ("CI", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in named}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "usable=True" in done.stdout
    assert not list(tmp_path.rglob("*")), "nothing is kept in the user's home"
