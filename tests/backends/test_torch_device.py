"""PyTorch on memory of a device; the device is played, and PyTorch computes on the CPU."""

import logging

import numpy as np
import pytest
import torch

from forensics_rt import Detector
from forensics_rt.backends import torch as adapter
from forensics_rt.backends import torch_device, torch_recording
from forensics_rt.backends.torch import TorchBackend
from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.cuda.dlpack import CPU, make_capsule
from forensics_rt.cuda.driver import probe_driver
from forensics_rt.errors import EngineFailed
from tests.backends.played_recording import PlayedRecording
from tests.backends.played_tensorrt import PlayedDevice
from tests.bundles import brightness_graph, constant_graph, write_bundle
from tests.cuda.test_device_path import BLENDS, TILES, answer, on_cpu, pages, planned, stream


def on_the_host(device, address, shape, dtype):
    """Memory of the played device lies on the host."""
    return torch.from_dlpack(make_capsule(address, shape, dtype, (CPU, 0), None))


class AtOnce:
    """PyTorch computes at once here: all that is queued before it has to be done by then."""

    def __init__(self, engine):
        self.stream = engine.stream

    def __enter__(self):
        self.stream.synchronize()

    def __exit__(self, *error): ...


@pytest.fixture(autouse=True)
def played(monkeypatch):
    monkeypatch.setattr(torch_device, "tensor_at", on_the_host)
    monkeypatch.setattr(torch_device, "computing_on", AtOnce)
    monkeypatch.setattr(torch_recording, "record_graph", PlayedRecording)
    graph = adapter.TorchGraph
    monkeypatch.setattr(
        adapter, "TorchGraph", lambda data, device, **how: graph(data, "cpu", **how)
    )


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("torch")
    return write_bundle(folder, [brightness_graph(), constant_graph(0.3)], TILES)


def run_answer(member, images):
    return torch.from_numpy(answer(member, images.numpy()))


@pytest.mark.parametrize("seed", range(6))
def test_batches_on_the_device_are_run_in_the_order_of_streams(seed):
    device = PlayedDevice(seed=seed)
    path = DevicePath(
        device, torch_device.TorchOnDevice(device, run_answer, 3), BLENDS, (1.0, 2.5), 5
    )
    work = planned(BLENDS, pages(4, seed=seed, largest=110))
    for (image, plan), maps in zip(work, stream(path, work), strict=True):
        assert np.array_equal(
            maps.probability, on_cpu(BLENDS, (1.0, 2.5), image, plan, 5).probability
        )


def test_a_detector_finds_on_the_device_what_it_finds_on_the_host(bundle):
    device = PlayedDevice()
    backend = TorchBackend(bundle, "cuda", gpu=device)
    assert backend.capabilities.device == "cuda" and backend.on_device.device is device
    with Detector(bundle, backend) as there, Detector(bundle, "torch", device="cpu") as here:
        for page in pages(5, seed=3):
            one, two = there(page), here(page)
            assert np.allclose(one.probability, two.probability, atol=1e-6)
            assert set(one.seconds) == {"decode", "plan", "device", "finish"}


def test_on_a_gpu_filters_lie_as_the_tiles_do(bundle, monkeypatch):
    asked = []
    monkeypatch.setattr(adapter, "TorchGraph", lambda data, device, **how: asked.append(how))
    for device in ("cuda", "cpu"):
        TorchBackend(bundle, device, gpu=PlayedDevice())._graph(0)
    assert asked == [{"channels_last": True}, {"channels_last": False}]


def test_weights_go_to_the_gpu_that_it_is_given(bundle, monkeypatch):
    asked, gpu = [], PlayedDevice()
    gpu.ordinal = 1
    monkeypatch.setattr(adapter, "TorchGraph", lambda data, device, **how: asked.append(device))
    for device in ("cuda", "cpu"):
        TorchBackend(bundle, device, gpu=gpu)._graph(0)
    assert asked == ["cuda:1", "cpu"]


def test_what_one_image_has_recorded_serves_the_next(bundle, monkeypatch):
    recordings = []

    def record(work, pool):
        recordings.append(PlayedRecording(work, pool))
        return recordings[-1]

    monkeypatch.setattr(torch_recording, "record_graph", record)
    backend = TorchBackend(bundle, "cuda", gpu=PlayedDevice(), batch=3)
    assert backend.capabilities.batch == 3
    assert not recordings, "a detector opens at once, whatever its images will need"
    seen = list(pages(3, seed=4))
    with Detector(bundle, backend) as detector:
        for page in seen:
            detector(page)
        before = len(recordings)
        for page in seen:
            detector(page)
    assert 0 < before == len(recordings)


def test_what_pytorch_cannot_do_is_an_error_of_the_engine_and_the_next_image_goes_on():
    device, full = PlayedDevice(), [True]

    def run(member, images):
        if full[0]:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return run_answer(member, images)

    path = DevicePath(device, torch_device.TorchOnDevice(device, run, 5), BLENDS, (1.0,), 5)
    ((image, plan),) = planned(BLENDS, pages(1, seed=1, largest=110))
    with pytest.raises(EngineFailed, match="torch failed on member 0: CUDA out of memory"):
        path(image, plan)

    full[0] = False
    twin = on_cpu(BLENDS, (1.0,), image, plan, 5)
    assert np.array_equal(path(image, plan).probability, twin.probability)


def test_without_the_device_path_it_says_so_and_computes_all_the_same(bundle, caplog):
    if probe_driver().usable:
        pytest.skip("this machine has a driver")
    with caplog.at_level(logging.WARNING):
        backend = TorchBackend(bundle, "cuda")
    assert backend.on_device is None
    assert "tiles are cut and merged on the host" in caplog.text
    assert "no NVIDIA driver" in caplog.text
