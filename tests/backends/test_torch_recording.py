"""Recorded networks: every run of one size, what is missing thrown away, no silent way back."""

import logging

import numpy as np
import pytest
import torch

from forensics_rt.backends.torch_recording import RecordedNetworks
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


def test_each_member_and_side_is_recorded_once_for_batches_of_one_size():
    networks, recordings = Networks(), []

    def record(work):
        recordings.append(PlayedRecording(work))
        return recordings[-1]

    recorded = RecordedNetworks(networks, 4, record)
    for seed, (member, count, side) in enumerate(
        [(0, 4, 32), (0, 1, 32), (1, 3, 32), (0, 2, 64), (0, 4, 32), (1, 1, 32)]
    ):
        images = tiles(count, side, seed)
        found = recorded(member, torch.from_numpy(images))
        assert np.array_equal(found.numpy(), answer(member, images))

    assert len(recordings) == 3 and sum(one.replays for one in recordings) == 6
    assert {shape[0] for _, shape in networks.seen} == {4}


def test_what_cannot_be_recorded_is_said_once_and_runs_all_the_same(caplog):
    def refuse(work):
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


@pytest.mark.gpu
@pytest.mark.parametrize("count", [4, 1])
def test_a_graph_answers_as_the_run_that_it_records(count):
    if not torch.cuda.is_available():
        pytest.skip("this torch finds no CUDA device")
    torch.manual_seed(1)
    network = torch.nn.Conv2d(3, 1, 5, padding=2).cuda()

    def run(member, images):
        with torch.inference_mode():
            return network(images.permute(0, 3, 1, 2).float())[:, 0].sigmoid()

    recorded = RecordedNetworks(run, 4)
    for seed in range(5):
        images = torch.from_numpy(tiles(count, 64, seed)).cuda()
        assert torch.allclose(recorded(0, images), run(0, images), atol=1e-5)
