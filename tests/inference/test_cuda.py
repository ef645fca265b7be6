"""A stream on a device: several decoders before it, the same bounds, nothing left behind."""

import itertools
import threading
import time

import numpy as np
import pytest

from forensics_rt import Detector, Failure
from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.errors import ImageFailed, ImageTooLarge
from forensics_rt.image_task import ImageTask
from forensics_rt.inference.job import Job
from forensics_rt.io.decode import decode
from tests.backends.played_tensorrt import engine_bundle, open_played
from tests.cuda.test_device_path import TILES
from tests.inference.test_ordered import answers_to, working_threads


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return engine_bundle(tmp_path_factory.mktemp("device"), tiles=TILES)


@pytest.fixture
def detector(bundle):
    backend, _, _ = open_played(bundle)
    with Detector(bundle, backend) as opened:
        yield opened


def pages(count):
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(count)]


def test_several_decode_and_the_order_is_kept(detector, monkeypatch):
    images = pages(9)
    together = threading.Barrier(3, timeout=20)

    def in_threes(*arguments):
        together.wait()
        return decode(*arguments)

    alone = [detector(image) for image in images]
    monkeypatch.setattr("forensics_rt.image_task.decode", in_threes)
    streamed = list(detector.stream(images, decoders=3))

    for one, two in zip(alone, streamed, strict=True):
        assert np.array_equal(one.probability, two.probability)


def test_images_of_many_pixels_do_not_go_together_on_a_device_either(detector, monkeypatch):
    under_way, most, lock = 0, 0, threading.Lock()

    def watched(*arguments):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        return decode(*arguments)

    monkeypatch.setattr("forensics_rt.image_task.decode", watched)
    for _ in detector.stream(pages(6), decoders=4, pixels_ahead=60 * 80 + 100):
        with lock:
            under_way -= 1

    assert most == 1


def test_device_seconds_never_overlap(detector):
    start = time.perf_counter()
    found = list(detector.stream(pages(8), decoders=2))
    wall = time.perf_counter() - start

    assert 0 < sum(one.seconds["device"] for one in found) <= wall


class Task(Job):
    """A job that has something else to do first."""

    def __init__(self, job, prepare):
        super().__init__(job.image, job.plan)
        object.__setattr__(self, "prepare", prepare)

    def conclude(self, maps):
        return maps


def tasks_of(detector, *prepares):
    image = pages(1)[0]
    job = Job(image, detector.setup.plan(60, 80))
    return [job if prepare is None else Task(job, prepare) for prepare in prepares]


def test_what_needs_no_network_does_not_go_to_the_device(detector):
    tasks = tasks_of(detector, None, lambda: None, None)

    found = list(detector.inferer.stream(tasks))

    assert [type(one).__name__ for one in found] == ["Maps", "NoneType", "Maps"]


def test_an_error_of_a_task_comes_in_its_turn(detector):
    def prepare():
        raise LookupError("who is this?")

    results = detector.inferer.stream(tasks_of(detector, None, None, prepare, None))

    assert [next(results).probability.shape for _ in range(2)] == [(60, 80)] * 2
    with pytest.raises(LookupError, match="who is this"):
        next(results)


def test_a_device_that_breaks_is_heard_of_and_not_waited_for(detector, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("fell off the bus")

    monkeypatch.setattr(DevicePath, "submit", broken)

    with pytest.raises(ImageFailed, match="fell off the bus"):
        list(detector.stream(pages(20)))


def test_a_source_that_waits_for_the_answer_gets_it(detector):
    found = list(answers_to(pages(4), detector.stream))

    assert [one.probability.shape for one in found] == [(60, 80)] * 4


def test_leaving_early_ends_the_threads(detector):
    before = working_threads()
    results = detector.stream(pages(20), decoders=3)
    next(results)
    results.close()

    assert working_threads() == before


@pytest.mark.parametrize(
    ("error", "kind"), [(MemoryError(), ImageTooLarge), (LookupError("lost"), ImageFailed)]
)
def test_what_fails_on_the_host_fails_one_image(detector, monkeypatch, error, kind):
    conclude, count = ImageTask.conclude, itertools.count()

    def failing(*arguments):
        if next(count) == 1:
            raise error
        return conclude(*arguments)

    monkeypatch.setattr(ImageTask, "conclude", failing)

    found = list(detector.stream(pages(4), on_error="yield"))

    assert [isinstance(one, Failure) for one in found] == [False, True, False, False]
    assert type(found[1].error) is kind


def test_an_upload_for_which_memory_is_wanting_fails_one_image(detector, monkeypatch):
    upload, count = DevicePath._upload, itertools.count()

    def failing(path, *arguments):
        if next(count) == 1:
            raise MemoryError
        return upload(path, *arguments)

    monkeypatch.setattr(DevicePath, "_upload", failing)

    found = list(detector.stream(pages(4), on_error="yield"))

    failed = [one for one in found if isinstance(one, Failure)]
    assert len(found) == 4 and [type(one.error) for one in failed] == [ImageTooLarge]
