"""What a GPU must show. Run with `pytest -m gpu tests/cuda`.

Where there is none, `test_played_driver.py` runs these tests on a driver that is the CPU.
"""

import ctypes
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.cuda.graph import capture
from forensics_rt.cuda.request import MapRequest
from forensics_rt.plan.finish import encode
from forensics_rt.plan.mask import forged_mask
from forensics_rt.plan.score import image_score
from tests.cuda.host_engine import HostEngine
from tests.cuda.test_device_path import BLENDS, RECIPES, on_cpu, pages, planned, stream

pytestmark = pytest.mark.gpu


def path_on(device, recipe=BLENDS, weights=(1.0, 2.5), batch_size=5):
    return DevicePath(device, HostEngine(device), recipe, weights, batch_size)


@pytest.mark.parametrize(("recipe", "weights", "batch_size"), RECIPES)
def test_the_gpu_finds_the_same_as_the_cpu(device, recipe, weights, batch_size):
    path = path_on(device, recipe, weights, batch_size)
    work = planned(recipe, pages(15, largest=300))

    for (image, plan), maps in zip(work, stream(path, work), strict=True):
        twin = on_cpu(recipe, weights, image, plan, batch_size)
        assert np.array_equal(maps.probability, twin.probability)
        assert maps.raw_score == pytest.approx(image_score(twin.probability), rel=1e-6)
        if twin.uncertainty is not None:
            assert np.array_equal(maps.uncertainty, twin.uncertainty)


@pytest.mark.parametrize("kind", ["uint8", "float16", "float32"])
@pytest.mark.parametrize("high", [(None, 1), (0.7, 1), (0.7, 20), (None, 200)], ids=str)
def test_encoding_and_regions_are_those_of_the_cpu(device, kind, high):
    path = path_on(device)
    request = MapRequest(kind, False, True, 0.4, *high)
    work = planned(BLENDS, pages(8, seed=1, largest=300))

    for (image, plan), maps in zip(work, stream(path, work, request), strict=True):
        twin = on_cpu(BLENDS, (1.0, 2.5), image, plan, 5)
        assert np.array_equal(maps.probability, encode(twin.probability, kind))
        assert np.array_equal(maps.mask, forged_mask(twin.probability, 0.4, *high))


def test_two_streams_give_what_one_after_the_other_gives_every_time(device):
    work = planned(BLENDS, pages(10, seed=2, largest=300))
    path = path_on(device)
    alone = [path(*item) for item in work]

    for _ in range(5):
        for one, maps in zip(alone, stream(path, work), strict=True):
            assert np.array_equal(maps.probability, one.probability)
            assert np.array_equal(maps.uncertainty, one.uncertainty)


def test_torch_tensors_go_in_and_come_out(device):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("this torch has no CUDA")
    path = path_on(device)
    (image, plan), *_ = planned(BLENDS, pages(1, seed=3, largest=300))
    host = path(image, plan)

    tensor = torch.from_numpy(image).cuda()
    maps = path(tensor, plan, MapRequest(on_device=True))
    probability = torch.from_dlpack(maps.probability)
    same = torch.as_tensor(maps.uncertainty, device="cuda")

    assert probability.data_ptr() == maps.probability.pointer, "shared, not copied"
    assert np.array_equal(probability.cpu().numpy(), host.probability)
    assert np.array_equal(same.cpu().numpy(), host.uncertainty)


def test_one_path_a_thread(device):
    work = planned(BLENDS, pages(8, seed=4, largest=300))
    expected = [path_on(device)(*item).probability for item in work]

    def run(_):
        return [maps.probability for maps in stream(path_on(device), work)]

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(run, range(4)):
            assert all(map(np.array_equal, found, expected))


def test_the_current_context_is_left_alone(device):
    driver = ctypes.CDLL("libcuda.so.1")
    before, after = ctypes.c_void_p(), ctypes.c_void_p()
    driver.cuCtxGetCurrent(ctypes.byref(before))
    path_on(device)(*planned(BLENDS, pages(1))[0])
    driver.cuCtxGetCurrent(ctypes.byref(after))

    assert after.value == before.value


def test_recorded_work_runs_again_on_what_lies_there_then(device):
    with device.current():
        given, seen = device.allocate_pinned(256), device.allocate_pinned(256)
        stream = device.create_stream()
        source, target = (device.allocate(256, stream) for _ in range(2))
        stream.synchronize()
        work = capture(stream, lambda: device.copy(target.pointer, source.pointer, 256, stream))
        for value in (3, 7):
            given.array[:] = value
            device.copy(source.pointer, given.pointer, 256, stream)
            work.launch(stream)
            device.copy(seen.pointer, target.pointer, 256, stream)
            stream.synchronize()
            assert (seen.array == value).all()
        work.close()
