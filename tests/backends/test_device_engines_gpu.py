"""What only a GPU can show of engines on the device. Run with `pytest -m gpu tests/backends`.

TensorRT's are built here first, where that is possible. ONNX Runtime and PyTorch need no building,
and one that computes on the host needs nothing: they show the same device path on a GPU for which
there is no TensorRT.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from benchmarks.gpu.ways import used_mib
from export.tensorrt.add import add_engines
from export.tensorrt.request import EngineRequest
from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.backends.registry import examine, open_backend
from forensics_rt.backends.tensorrt.backend import EngineSite
from forensics_rt.bundle.engines.probe import gpu_platform
from forensics_rt.cuda.interchange import DeviceArray
from forensics_rt.recipe import D4
from tests.backends.played_tensorrt import BACKENDS
from tests.cuda.gpu import gpu_or_skip
from tests.cuda.host_engine import HostBackend
from tests.export.conftest import SIZES, with_contrast
from tests.export.tensorrt.bundles import Log, quick_bundle, skip_unless_it_builds_here
from train.networks import build_network

pytestmark = pytest.mark.gpu
BUILT = ("tensorrt", "tensorrt-rtx")
TOLERANCE = 2e-3  # of probabilities, with engines in float16


@pytest.fixture(scope="module", params=["tensorrt", "tensorrt-rtx", "onnxruntime", "torch", "host"])
def kind(request):
    if request.param in BUILT:
        skip_unless_it_builds_here(request.param)
    elif request.param != "host" and not (found := examine(request.param, "cuda")).usable:
        pytest.skip(found.reason)
    return request.param


def open_on_gpu(bundle, kind):
    return HostBackend(gpu_or_skip()) if kind == "host" else open_backend(bundle, kind, "cuda")


def with_engines(bundle, folder, kind):
    if kind not in BUILT:
        return bundle
    request = EngineRequest(kind, precision="fp16")
    return Bundle.open(add_engines(bundle, folder, request, gpu_platform(), Log()))


@pytest.fixture(scope="module")
def house(tmp_path_factory, kind):
    torch.manual_seed(3)
    network = with_contrast(build_network("forensic_unet", SIZES), forged_share=0.03)
    folder = tmp_path_factory.mktemp("house")
    return with_engines(quick_bundle(folder / "plain", network, (64, 96)), folder / "out", kind)


def pages(count, seed=0, largest=300):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        height, width = rng.integers(30, largest, 2)
        yield rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("recipe", ["fast", "balanced", Recipe("all", overlap=16, tta=D4)], ids=str)
def test_engines_find_what_onnxruntime_finds_on_the_cpu(house, kind, recipe):
    if kind == "host":
        pytest.skip("it computes something else")
    gpu = Detector(house, open_on_gpu(house, kind), recipe)
    with gpu, Detector(house, "onnxruntime", recipe, device="cpu") as cpu:
        for image in pages(10):
            one, two = gpu(image), cpu(image)
            assert np.abs(one.probability - two.probability).max() <= TOLERANCE


def test_the_device_path_and_the_numpy_path_agree_on_the_same_engine(house, kind):
    with open_on_gpu(house, kind) as backend, Detector(house, backend) as device:
        images = list(pages(10, seed=1))
        on_device = [device(image) for image in images]
        backend.on_device = None
        with Detector(house, backend) as host:
            for image, one in zip(images, on_device, strict=True):
                two = host(image)
                assert np.abs(one.probability - two.probability).max() <= 1e-5
                assert np.array_equal(one.mask, two.mask)


def test_eight_threads_of_200_requests_find_what_one_finds(house, kind):
    images = list(pages(200, seed=2, largest=120))
    with Detector(house, open_on_gpu(house, kind)) as detector:
        serial = [detector(image).probability for image in images]

        def run(thread):
            order = np.random.default_rng(thread).permutation(len(images))
            return all(
                np.array_equal(detector(images[index]).probability, serial[index])
                for index in order
            )

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(run, range(8)))


def test_memory_stays_flat_over_2000_images(house, kind):
    image = next(pages(1, seed=3, largest=120))
    with Detector(house, open_on_gpu(house, kind)) as detector:
        for _ in detector.stream([image] * 100):
            pass
        before = used_mib()
        for _ in detector.stream(image for _ in range(2000)):
            pass
        assert used_mib() - before <= 1.0


def test_an_image_on_the_gpu_gives_maps_that_stay_there(house, kind):
    image = next(pages(1, seed=6))
    with Detector(house, open_on_gpu(house, kind)) as detector:
        expected = detector(image)
        device = detector.backend.on_device.device
        maps = detector.maps(uploaded(image, device))
    found = [fetched(one, device) for one in (maps.probability, maps.uncertainty, maps.mask)
             if one is not None]  # fmt: skip
    wanted = [one for one in (expected.probability, expected.uncertainty, expected.mask)
              if one is not None]  # fmt: skip

    assert len(found) == len(wanted) >= 2
    assert all(map(np.array_equal, found, wanted))
    assert maps.raw_score == expected.raw_score


def uploaded(image, device):
    """An image in memory of the GPU, and nobody keeps its stream."""
    with device.current():
        stream = device.create_stream()
        staged, there = device.allocate_pinned(image.size), device.allocate(image.size, stream)
        staged.array[: image.size] = image.ravel()
        device.copy(there.pointer, staged.pointer, image.size, stream)
        stream.synchronize()
        ready = stream.record()
    return DeviceArray(device, there.pointer, image.shape, "uint8", there, stream, ready)


def fetched(array, device):
    """What lies there, when it is done; the detector that wrote it may be closed."""
    size = int(np.prod(array.shape)) * array.dtype.itemsize
    with device.current():
        stream = device.create_stream()
        stream.wait(device.adopt_stream(array.__cuda_array_interface__["stream"]).record())
        host = device.allocate_pinned(size)
        device.copy(host.pointer, array.pointer, size, stream)
        stream.synchronize()
        return host.array[:size].copy().view(array.dtype).reshape(array.shape)


def test_with_graphs_and_without_the_answers_are_the_same(house, kind):
    if kind not in BUILT:
        pytest.skip("no graphs of ours")
    backend, here = BACKENDS[kind], EngineSite.here()
    images = np.random.default_rng(4).integers(0, 256, (5, 64, 64, 3)).astype(np.uint8)
    with (
        backend(house, site=here) as graphs,
        backend(house, site=EngineSite(here.device, here.machine, capture=None)) as plain,
    ):
        expected = plain.infer(0, images)
        for _ in range(3):
            assert np.array_equal(graphs.infer(0, images), expected)
