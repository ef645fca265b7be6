"""The TensorRT adapter, told to a TensorRT that runs on the played device."""

import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from forensics_rt.backends.tensorrt import slot as slots
from forensics_rt.backends.tensorrt.backend import CONTEXTS
from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.errors import EngineFailed
from forensics_rt.recipe import D4, Recipe
from tests.backends.played_tensorrt import at, engine_bundle, open_played
from tests.cuda.test_device_path import BLENDS, TILES, answer, on_cpu, pages, planned, stream


def tiles(count, side=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return engine_bundle(tmp_path_factory.mktemp("engines"), tiles=TILES)


@pytest.fixture(scope="module")
def from_two(tmp_path_factory):
    return engine_bundle(tmp_path_factory.mktemp("two"), tiles=TILES, batch=(3, 4, 5))


@pytest.mark.parametrize("graphs", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 9, 17])
@pytest.mark.parametrize("profile", ["bundle", "from_two"])
def test_a_batch_of_any_size_is_answered_in_order(request, profile, count, graphs):
    backend, _, trt = open_played(request.getfixturevalue(profile), graphs=graphs)
    images = tiles(count)
    for _ in range(3):  # plainly, then from graphs
        assert np.array_equal(backend.infer(1, images), answer(1, images))
    least, most = (1, 8) if profile == "bundle" else (3, 5)
    assert all(least <= size <= most for _, size in trt.calls)


def test_it_says_what_it_is(bundle):
    backend, _, _ = open_played(bundle)
    uses = backend.capabilities
    assert (uses.name, uses.device, uses.precision, uses.batch) == ("tensorrt", "cuda", "fp16", 4)
    assert uses.versions == {"tensorrt": "11.4.0.106"}


def test_tiles_must_be_square_and_of_a_size_that_there_is(bundle):
    backend, _, _ = open_played(bundle)
    with pytest.raises(EngineFailed, match="must be square for an engine, but are 32×64"):
        backend.infer(0, np.zeros((1, 32, 64, 3), np.uint8))
    with pytest.raises(Exception, match="no tensorrt engine of member 'fold1' at 96×96"):
        backend.infer(0, np.zeros((1, 96, 96, 3), np.uint8))


def test_one_graph_is_recorded_for_each_engine_and_batch(bundle):
    backend, device, trt = open_played(bundle)
    for _ in range(4):
        for member in (0, 1):
            for count in (2, 3):
                backend.infer(member, tiles(count))

    assert sorted(trt.calls) == sorted(
        [("execute", 2), ("execute", 3), ("record", 2), ("record", 3)] * 2
    )
    assert [graph.launches for graph in device.graphs] == [3, 3, 3, 3]
    backend.close()
    assert all(graph.closed for graph in device.graphs)


def test_the_graph_longest_unused_is_given_back(bundle, monkeypatch):
    monkeypatch.setattr(slots, "GRAPHS_KEPT", 2)
    backend, device, _ = open_played(bundle)
    for count in (1, 2, 1, 3):
        backend.infer(0, tiles(count))

    assert [graph.closed for graph in device.graphs] == [False, True, False]
    assert np.array_equal(backend.infer(0, tiles(2)), answer(0, tiles(2)))


def test_where_no_graph_can_be_recorded_it_says_so_once_and_goes_on(bundle, caplog):
    backend, device, _ = open_played(bundle)

    def refuse(stream, work):
        raise EngineFailed("CUDA graph: the driver answered STREAM_CAPTURE_UNSUPPORTED")

    backend._capture = refuse
    with caplog.at_level(logging.WARNING):
        for count in (2, 2, 3):
            assert np.array_equal(backend.infer(0, tiles(count)), answer(0, tiles(count)))
    assert len(caplog.records) == 1 and "no CUDA graphs" in caplog.text
    assert device.graphs == []


def test_rtx_records_its_graphs_itself_with_kernels_for_the_shape(tmp_path):
    bundle = engine_bundle(tmp_path, members=1, tiles=(32,), rtx=True)
    backend, device, trt = open_played(bundle, kind="tensorrt-rtx")
    backend.infer(0, tiles(2))

    assert device.graphs == []
    (config,) = trt.contexts
    assert config.cuda_graph_strategy is trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
    strategies = trt.DynamicShapesKernelSpecializationStrategy
    assert config.dynamic_shapes_kernel_specialization_strategy is strategies.EAGER


@pytest.mark.parametrize("graphs", [True, False])
def test_eight_threads_get_the_answers_of_one(bundle, graphs):
    backend, _, trt = open_played(bundle, graphs=graphs, seed=5)
    batches = [tiles(1 + index % 5, seed=index) for index in range(40)]

    def run(thread):
        return [backend.infer(thread % 2, images) for images in batches]

    with ThreadPoolExecutor(8) as pool:
        for thread, found in enumerate(pool.map(run, range(8))):
            assert all(map(np.array_equal, found, (answer(thread % 2, one) for one in batches)))
    assert all(pool.count <= CONTEXTS for pool in backend._pools.values())
    assert trt.runtimes == 1 and len(trt.loaded) == 2, "one runtime, each engine loaded once"


def test_memory_is_taken_once(bundle):
    backend, device, _ = open_played(bundle)
    taken, allocate = [], device.allocate
    device.allocate = lambda size, stream: taken.append(size) or allocate(size, stream)
    for count in (8, 1, 5, 16):
        backend.infer(0, tiles(count))
    first = len(taken)
    for _ in range(20):
        backend.infer(0, tiles(8))

    # Scratch, and the largest batch in and out.
    assert sorted(taken) == [32 * 32 * 8 * 3, 32 * 32 * 8 * 4, 32 * 32 * 8 * 4]
    assert len(taken) == first


def test_tensorrt_that_fails_is_an_error_with_its_words(bundle):
    backend, _, trt = open_played(bundle)
    trt.fails = True
    with pytest.raises(EngineFailed, match=r"fold1-32.plan cannot run: out of memory"):
        backend.infer(0, tiles(1))
    trt.fails = False
    assert np.array_equal(backend.infer(0, tiles(1)), answer(0, tiles(1)))


def test_no_context_is_an_error_and_the_next_call_tries_again(bundle):
    backend, _, trt = open_played(bundle)
    trt.full = True
    for _ in range(CONTEXTS + 1):
        with pytest.raises(EngineFailed, match="cannot make a context: out of memory"):
            backend.infer(0, tiles(1))
    trt.full = False
    assert np.array_equal(backend.infer(0, tiles(1)), answer(0, tiles(1)))


def test_an_answer_that_is_not_finite_is_an_error(bundle):
    backend, _, _ = open_played(bundle, answer=lambda member, images: np.float32(np.nan))
    with pytest.raises(EngineFailed, match="NaN or infinity"):
        backend.infer(0, tiles(1))


def test_the_default_stream_is_refused(bundle):
    backend, _, _ = open_played(bundle)
    with pytest.raises(EngineFailed, match="is the default stream"):
        backend.on_device.infer(0, 256, 256, (1, 32, 32), 0)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("profile", ["bundle", "from_two"])
def test_the_device_path_runs_on_it(request, profile, seed):
    """Streams of several paths share contexts, and go on in an order drawn by chance."""
    backend, device, _ = open_played(request.getfixturevalue(profile), seed=seed, graphs=seed % 3)
    engine, weights = backend.on_device, (1.0, 2.5)
    paths = [DevicePath(device, engine.infer, BLENDS, weights, 4) for _ in range(2)]
    work = planned(BLENDS, pages(4, seed=seed, largest=110))
    streams = [stream(path, work) for path in paths]

    for (image, plan), *both in zip(work, *streams, strict=True):
        twin = on_cpu(BLENDS, weights, image, plan, 4)
        for maps in both:
            assert np.array_equal(maps.probability, twin.probability)
            assert np.array_equal(maps.uncertainty, twin.uncertainty)


def test_callers_on_two_streams_do_not_meet_in_the_scratch_memory(bundle):
    """Both are queued before either has run, on one context."""
    for seed in range(20):
        backend, device, _ = open_played(bundle, seed=seed)
        with device.current():
            streams = [device.create_stream() for _ in range(2)]
            images = [tiles(2, seed=number) for number in range(2)]
            reads, writes = [], []
            for one, stream in zip(images, streams, strict=True):
                read = device.allocate(one.nbytes, stream)
                read.array[:] = one.reshape(-1)
                reads.append(read)
                writes.append(device.allocate(2 * 32 * 32 * 4, stream))
            for _ in range(3):
                for read, write, stream in zip(reads, writes, streams, strict=True):
                    where = read.pointer, write.pointer
                    backend.on_device.infer(0, *where, (2, 32, 32), stream.handle)
            for stream in streams:
                stream.synchronize()
        for one, write in zip(images, writes, strict=True):
            assert np.array_equal(at(write.pointer, (2, 32, 32), "f4"), answer(0, one))


def test_addresses_between_multiples_of_256_go_over_its_own_buffers(bundle):
    backend, device, _ = open_played(bundle)
    images = tiles(2)
    with device.current():
        stream = device.create_stream()
        read = device.allocate(images.nbytes + 64, stream)
        read.array[64:] = images.reshape(-1)
        write = device.allocate(2 * 32 * 32 * 4 + 64, stream)
        where = read.pointer + 64, write.pointer + 64
        backend.on_device.infer(1, *where, (2, 32, 32), stream.handle)
        stream.synchronize()
    assert np.array_equal(at(write.pointer + 64, (2, 32, 32), "f4"), answer(1, images))


def test_all_symmetries_in_batches_that_must_be_split(bundle):
    recipe = Recipe("split", overlap=8, tta=D4)
    backend, device, _ = open_played(bundle)
    path = DevicePath(device, backend.on_device.infer, recipe, (1.0,), 30)
    (image, plan), *_ = planned(recipe, pages(1, seed=3))
    twin = on_cpu(recipe, (1.0,), image, plan, 30)
    assert np.array_equal(path(image, plan).probability, twin.probability)
