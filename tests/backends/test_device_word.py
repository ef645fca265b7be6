"""Which GPU: one word from the command line to the engine and into what results say."""

import pytest

from forensics_rt.backends import onnxruntime, torch
from forensics_rt.backends.adapters import ADAPTERS
from forensics_rt.backends.device_word import Place, place_of
from forensics_rt.backends.onnxruntime import ONNXRuntimeBackend
from forensics_rt.backends.registry import devices_of, examine, open_backend
from forensics_rt.backends.tensorrt import backend as tensorrt
from forensics_rt.backends.torch import TorchBackend
from forensics_rt.cuda import driver
from forensics_rt.cuda.driver import DriverStatus
from forensics_rt.errors import BackendUnavailable, CudaUnavailable
from forensics_rt.system.gpu_platform import GpuPlatform


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("cpu", Place("cpu")),
        ("cuda", Place("cuda", 0)),
        ("cuda:0", Place("cuda", 0)),
        ("cuda:12", Place("cuda", 12)),
    ],
)
def test_a_device_is_one_word(word, place):
    assert place_of(word) == place


@pytest.mark.parametrize("word", ["gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:01", "cpu:0", "", 1])
def test_another_word_is_refused(word, bundle):
    for ask in (place_of, lambda word: open_backend(bundle, "torch", word)):
        with pytest.raises(BackendUnavailable, match="a GPU by its number such as 'cuda:1', but"):
            ask(word)


@pytest.mark.parametrize("name", ["openvino", "numpy"])
def test_what_has_no_gpu_has_no_second_one(name, bundle):
    with pytest.raises(BackendUnavailable, match=f"{name}: runs on cpu, not on 'cuda:1'"):
        open_backend(bundle, name, "cuda:1")


@pytest.fixture
def two_gpus(monkeypatch):
    """A driver that offers two GPUs, whatever is here."""
    status = DriverStatus(None, (13, 0), 2)
    for module in (driver, "forensics_rt.backends.device_word"):
        name = module if isinstance(module, str) else module.__name__
        monkeypatch.setattr(f"{name}.probe_driver", lambda: status)


@pytest.mark.parametrize("name", [name for name in ADAPTERS if "cuda" in devices_of(name)])
def test_a_gpu_that_is_not_there_is_refused_with_those_that_are(name, monkeypatch, two_gpus):
    module = f"forensics_rt.backends{ADAPTERS[name].module}"
    monkeypatch.setattr(f"{module}.unavailable", lambda device: None)
    monkeypatch.setattr(f"{module}.PACKAGE", "numpy")

    assert examine(name, "cuda:1").usable
    assert examine(name, "cuda:2").reason.startswith("GPU must be from 0 to 1, but is 2; CUDA_VIS")


class Asked(Exception):
    """Which GPU was asked for."""


def ask(ordinal=0):
    raise Asked(ordinal)


@pytest.mark.parametrize("word", ["cuda", "cuda:0", "cuda:1"])
def test_it_reaches_the_gpu(word, bundle, monkeypatch):
    expected = str(place_of(word).ordinal)
    for module, start in (
        (onnxruntime, lambda: ONNXRuntimeBackend(bundle, word)),
        (torch, lambda: TorchBackend(bundle, word)),
        (tensorrt, lambda: tensorrt.TensorRTBackend(bundle, word)),
        (tensorrt, lambda: tensorrt.TensorRTRTXBackend(bundle, word)),
    ):
        monkeypatch.setattr(module, "CudaDevice", ask)
        with pytest.raises(Asked, match=f"^{expected}$"):
            start()


def test_prebuilt_engines_are_held_against_the_gpu_that_is_named(monkeypatch):
    asked = []
    monkeypatch.setattr(tensorrt, "CudaDevice", lambda ordinal: ordinal)
    monkeypatch.setattr(tensorrt, "gpu_platform", lambda n: asked.append(n) or GpuPlatform())

    assert tensorrt.EngineSite.here(1).device == 1 and asked == [1]


def test_results_say_which_it_was(bundle, monkeypatch):
    def no_cuda_core(ordinal):
        raise CudaUnavailable("no cuda-core")

    monkeypatch.setattr(torch, "CudaDevice", no_cuda_core)
    with TorchBackend(bundle, "cuda:1") as backend:
        assert backend.capabilities.device == "cuda:1" and backend._place == "cuda:1"
