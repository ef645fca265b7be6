"""A stream on a device: several decoders before it, the same bounds, nothing left behind."""

import itertools
import threading
import time

import numpy as np
import pytest

from forensics_rt import Detector, Failure
from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.errors import ImageFailed, ImageTooLarge
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


def test_several_decode_and_the_order_is_kept(detector):
    images = pages(9)
    together = threading.Barrier(3, timeout=20)
    decode = detector._decode

    def in_threes(image, name=None):
        together.wait()
        return decode(image, name)

    alone = [detector(image) for image in images]
    detector._decode = in_threes
    streamed = list(detector.stream(images, decoders=3))

    for one, two in zip(alone, streamed, strict=True):
        assert np.array_equal(one.probability, two.probability)


def test_images_of_many_pixels_do_not_go_together_on_a_device_either(detector):
    under_way, most, lock = 0, 0, threading.Lock()
    decode = detector._decode

    def watched(image, name=None):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        return decode(image, name)

    detector._decode = watched
    for _ in detector.stream(pages(6), decoders=4, pixels_ahead=60 * 80 + 100):
        with lock:
            under_way -= 1

    assert most == 1


def test_device_seconds_never_overlap(detector):
    start = time.perf_counter()
    found = list(detector.stream(pages(8), decoders=2))
    wall = time.perf_counter() - start

    assert 0 < sum(one.seconds["device"] for one in found) <= wall


def test_what_is_known_does_not_go_to_the_device(detector):
    images = pages(5)

    found = list(detector.stream(images, "yield", known=lambda number, _: number % 2 or None))

    assert [type(one).__name__ for one in found] == ["Detection", "int"] * 2 + ["Detection"]


def test_an_error_of_the_callers_own_function_comes_in_its_turn(detector):
    def known(number, image):
        if number == 2:
            raise LookupError("who is this?")

    results = detector.stream(pages(5), "yield", known=known)

    assert [next(results).probability.shape for _ in range(2)] == [(60, 80)] * 2
    with pytest.raises(LookupError, match="who is this"):
        next(results)


def test_a_device_that_breaks_is_heard_of_and_not_waited_for(detector, monkeypatch):
    def broken(jobs):
        next(iter(jobs))
        raise RuntimeError("fell off the bus")
        yield

    monkeypatch.setattr(detector._device_way, "stream", broken)

    with pytest.raises(RuntimeError, match="fell off the bus"):
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
    conclude, count = detector._conclude, itertools.count()

    def failing(*arguments):
        if next(count) == 1:
            raise error
        return conclude(*arguments)

    monkeypatch.setattr(detector, "_conclude", failing)

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
