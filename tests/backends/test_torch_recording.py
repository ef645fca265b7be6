"""Recorded networks: runs of a few sizes, what comes on top thrown away, no silent way back."""

import logging
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event

import numpy as np
import pytest
import torch

from forensics_rt.backends.torch import exact_convolutions
from forensics_rt.backends.torch_recording import RecordedNetworks, record_graph
from tests.backends.played_recording import PlayedRecording
from tests.cuda.test_device_path import answer


class Networks:
    """Members that write down what they are shown."""

    def __init__(self):
        self.seen = []

    def __call__(self, member, images):
        self.seen.append((member, tuple(images.shape)))
        return torch.from_numpy(answer(member, images.numpy()))


def tiles(count, side, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8)


def test_each_member_side_and_rounded_size_is_recorded_once():
    networks, recordings = Networks(), []

    def record(work, pool):
        recordings.append(PlayedRecording(work, pool))
        return recordings[-1]

    recorded = RecordedNetworks(networks, 4, record)
    for seed, (member, count, side) in enumerate(
        [(0, 4, 32), (0, 1, 32), (1, 3, 32), (0, 2, 64), (0, 4, 32), (1, 4, 32), (0, 3, 32)]
    ):
        images = tiles(count, side, seed)
        found = recorded(member, torch.from_numpy(images))
        assert np.array_equal(found.numpy(), answer(member, images))

    assert [one.replays for one in recordings] == [3, 1, 2, 1]
    recorded_at = {(member, *shape[:2]) for member, shape in networks.seen}
    assert recorded_at == {(0, 4, 32), (0, 1, 32), (1, 4, 32), (0, 2, 64)}


@pytest.mark.parametrize(("count", "size"), [(1, 1), (2, 2), (3, 4), (5, 6), (6, 6)])
def test_a_batch_is_filled_up_to_a_power_of_two_or_to_the_largest(count, size):
    networks = Networks()
    RecordedNetworks(networks, 6, PlayedRecording)(0, torch.from_numpy(tiles(count, 32)))
    assert {shape[0] for _, shape in networks.seen} == {size}


def test_what_cannot_be_recorded_is_said_once_and_runs_all_the_same(caplog):
    def refuse(work, pool):
        raise RuntimeError("operation not permitted when stream is capturing")

    networks = Networks()
    recorded = RecordedNetworks(networks, 4, refuse)
    with caplog.at_level(logging.WARNING):
        for seed in range(3):
            images = tiles(3, 32, seed)
            found = recorded(0, torch.from_numpy(images))
            assert np.array_equal(found.numpy(), answer(0, images))

    assert caplog.text.count("cannot record member 0 as a CUDA graph: operation not perm") == 1
    assert {shape[0] for _, shape in networks.seen} == {3}, "nothing is filled up in vain"


def test_after_clearing_it_records_anew():
    recorded = RecordedNetworks(Networks(), 2, PlayedRecording)
    images = torch.from_numpy(tiles(2, 32))
    first = recorded(0, images).clone()
    recorded.clear()
    assert torch.equal(recorded(0, images), first)


def test_recordings_share_the_memory_that_they_compute_in():
    pools, fails = [], set()

    def record(work, pool):
        pools.append(pool)
        if len(pools) in fails:
            raise RuntimeError("capture was invalidated")
        return PlayedRecording(work, pool)

    recorded = RecordedNetworks(Networks(), 4, record)
    images = torch.from_numpy(tiles(1, 32))
    for member in range(3):
        recorded(member, images)
    assert pools[0] is None and pools[1] is pools[2] is not None

    fails.add(4)
    for member in range(3, 6):
        recorded(member, images)
    assert pools[3] is pools[1]
    assert pools[4] is None, "what a failure has left in a pool nobody computes in"
    assert pools[5] not in (None, pools[1])

    recorded.clear()
    recorded(0, images)
    assert pools[6] is None, "a pool ends with the last recording in it"


class PlayedCuda:
    """What `record_graph` uses of `torch.cuda`; a recording that fails keeps its own stream."""

    def __init__(self, monkeypatch, fails=False):
        self.stream_in_use, self.under_way, self.fails = "the caller's", 0, fails
        for name in ("current_stream", "stream", "graph"):
            monkeypatch.setattr(torch.cuda, name, getattr(self, name))
        monkeypatch.setattr(torch.cuda, "Stream", lambda: PlayedStream("aside"))
        monkeypatch.setattr(torch.cuda, "CUDAGraph", PlayedGraph)

    def current_stream(self):
        return PlayedStream(self.stream_in_use)

    @contextmanager
    def stream(self, stream):
        before, self.stream_in_use = self.stream_in_use, stream.name
        try:
            yield
        finally:
            self.stream_in_use = before

    @contextmanager
    def graph(self, graph, pool, capture_error_mode):
        assert capture_error_mode == "thread_local" and not self.under_way
        graph.memory = pool or object()
        before, self.stream_in_use, self.under_way = self.stream_in_use, "the recording's", 1
        yield
        self.under_way = 0
        if self.fails:
            raise RuntimeError("capture was invalidated")
        self.stream_in_use = before


class PlayedGraph:
    def replay(self):
        raise AssertionError("nobody asked for it")

    def pool(self):
        return self.memory


class PlayedStream:
    def __init__(self, name):
        self.name = name

    def wait_stream(self, other):
        pass


def test_a_recording_that_fails_gives_the_stream_back(monkeypatch):
    cuda = PlayedCuda(monkeypatch, fails=True)

    with pytest.raises(RuntimeError, match="capture was invalidated"):
        record_graph(lambda: cuda.stream_in_use, None)

    assert cuda.stream_in_use == "the caller's"


def test_a_graph_is_recorded_in_the_pool_it_is_given(monkeypatch):
    PlayedCuda(monkeypatch)
    first = record_graph(lambda: "first", None)
    assert record_graph(lambda: "second", first.pool).pool is first.pool


def test_two_threads_record_one_after_the_other(monkeypatch):
    cuda = PlayedCuda(monkeypatch)
    recording, go_on = Event(), Event()

    def slow():
        if cuda.under_way:
            recording.set()
            assert go_on.wait(60)
        return "slow"

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(record_graph, slow, None)
        assert recording.wait(60)
        second = threads.submit(record_graph, lambda: "quick", None)
        assert not wait([second], timeout=0.1).done, "it waits its turn"
        go_on.set()
        assert (first.result().answers, second.result().answers) == ("slow", "quick")


def test_two_runs_at_a_time_leave_the_switches_of_cudnn_as_they_were():
    before = torch.backends.cudnn.allow_tf32
    inside, go_on, left = Event(), Event(), Event()

    def first():
        with exact_convolutions():
            inside.set()
            assert go_on.wait(60)
        left.set()

    def second():
        with exact_convolutions():
            assert left.wait(60)
            return torch.backends.cudnn.allow_tf32

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(first)
        assert inside.wait(60)
        other = threads.submit(second)
        wait([other], timeout=0.1)
        go_on.set()
        one.result()
        assert other.result() is False
    assert torch.backends.cudnn.allow_tf32 is before


@pytest.mark.gpu
def test_graphs_in_one_pool_answer_in_any_order():
    if not torch.cuda.is_available():
        pytest.skip("this torch finds no CUDA device")
    torch.manual_seed(2)
    networks = [torch.nn.Conv2d(3, 1, 5, padding=2).cuda() for _ in range(2)]

    def run(member, images):
        with torch.inference_mode(), exact_convolutions():
            return networks[member](images.permute(0, 3, 1, 2).float() / 255)[:, 0].sigmoid()

    recorded, order = RecordedNetworks(run, 4), np.random.default_rng(3)
    for seed in range(30):
        member, count = int(order.integers(2)), int(order.integers(1, 5))
        images = torch.from_numpy(tiles(count, 64, seed)).cuda()
        assert torch.allclose(recorded(member, images), run(member, images), atol=1e-5)


@pytest.mark.gpu
@pytest.mark.parametrize("count", [4, 1])
def test_a_graph_answers_as_the_run_that_it_records(count):
    if not torch.cuda.is_available():
        pytest.skip("this torch finds no CUDA device")
    torch.manual_seed(1)
    network = torch.nn.Conv2d(3, 1, 5, padding=2).cuda()

    def run(member, images):
        # Batches of 4 and of 1 may take different kernels, which are alike only in float32.
        with torch.inference_mode(), exact_convolutions():
            return network(images.permute(0, 3, 1, 2).float() / 255)[:, 0].sigmoid()

    recorded = RecordedNetworks(run, 4)
    for seed in range(5):
        images = torch.from_numpy(tiles(count, 64, seed)).cuda()
        assert torch.allclose(recorded(0, images), run(0, images), atol=1e-5)
