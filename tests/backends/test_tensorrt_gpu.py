"""What only a GPU can show of the engines. Run with `pytest -m gpu tests/backends`."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from benchmarks.gpu_ways import engine_alone, used_mib
from export.tensorrt.add import add_engines
from export.tensorrt.request import EngineRequest
from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.backends.registry import open_backend
from forensics_rt.backends.tensorrt.backend import EngineBackend, Site
from forensics_rt.engines.probe import this_machine
from forensics_rt.plan.by_recipe import plan_for
from forensics_rt.plan.schedule import schedule
from forensics_rt.recipe import D4
from tests.bundles import write_bundle
from tests.data.tianchi_fft2.reference import fill_by_name
from tests.export.conftest import SIZES, with_contrast
from tests.export.tensorrt_bundles import Log, quick_bundle, quick_graph, skip_unless_it_builds_here
from train.networks import build_network

pytestmark = pytest.mark.gpu
TOLERANCE = 2e-3  # of probabilities, with engines in float16


@pytest.fixture(scope="module", params=["tensorrt", "tensorrt-rtx"])
def kind(request):
    skip_unless_it_builds_here(request.param)
    return request.param


def with_engines(bundle, folder, kind, precision="fp16"):
    request = EngineRequest(kind, precision=precision)
    return Bundle.open(add_engines(bundle, folder, request, this_machine(), Log()))


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


@pytest.mark.parametrize(
    "recipe", ["fast", "balanced", Recipe("all", overlap=16, symmetries=D4)], ids=str
)
def test_engines_find_what_onnxruntime_finds_on_the_cpu(house, kind, recipe):
    with Detector(house, kind, recipe) as gpu, Detector(house, "onnxruntime", recipe) as cpu:
        for image in pages(10):
            one, two = gpu(image), cpu(image)
            assert np.abs(one.probability - two.probability).max() <= TOLERANCE


def test_the_device_path_and_the_numpy_path_agree_on_the_same_engine(house, kind):
    with open_backend(house, kind) as backend, Detector(house, backend) as device:
        images = list(pages(10, seed=1))
        on_device = [device(image) for image in images]
        backend.on_device = None
        with Detector(house, backend) as host:
            for image, one in zip(images, on_device, strict=True):
                two = host(image)
                assert np.abs(one.probability - two.probability).max() <= 1e-5
                assert np.array_equal(one.mask, two.mask)


def test_eight_threads_of_200_requests_find_what_one_finds(house, kind):
    images = list(pages(200, seed=2, largest=200))
    with Detector(house, kind) as detector:
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
    image = next(pages(1, seed=3))
    with Detector(house, kind) as detector:
        for _ in detector.stream([image] * 100):
            pass
        before = used_mib()
        for _ in detector.stream(image for _ in range(2000)):
            pass
        assert used_mib() - before <= 1.0


def test_with_graphs_and_without_the_answers_are_the_same(house, kind):
    here = Site.here()
    images = np.random.default_rng(4).integers(0, 256, (5, 64, 64, 3)).astype(np.uint8)
    with (
        EngineBackend(kind, house, here) as graphs,
        EngineBackend(kind, house, Site(here.device, here.machine, capture=None)) as plain,
    ):
        expected = plain.infer(0, images)
        for _ in range(3):
            assert np.array_equal(graphs.infer(0, images), expected)


@pytest.mark.slow
def test_the_whole_way_keeps_90_per_cent_of_the_engine_at_1200(tmp_path, kind):
    network = fill_by_name(build_network("seresnext50"))
    plain = write_bundle(tmp_path / "plain", [quick_graph(network)], (384, 512, 768, 1024))
    bundle = with_engines(plain, tmp_path / "out", kind)
    page = np.random.default_rng(6).integers(0, 256, (1200, 1200, 3)).astype(np.uint8)
    with Detector(bundle, kind) as detector:
        backend = detector._backend
        plan = plan_for(detector.recipe, 1200, 1200, bundle.manifest.tile_sizes)
        batches = [
            (batch.member, len(batch.views))
            for batch in schedule(plan, detector.recipe.symmetries, 1, detector.capabilities.batch)
        ]
        alone = engine_alone(backend.on_device, batches, plan.tile_size)
        for call in (alone, lambda: list(detector.stream([page] * 20))):
            call()
        start = time.perf_counter()
        for _ in range(100):
            alone()
        engine = time.perf_counter() - start
        start = time.perf_counter()
        for _ in detector.stream([page] * 100):
            pass
        whole = time.perf_counter() - start
    assert engine / whole >= 0.9
