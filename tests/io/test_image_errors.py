"""What one image makes fail is that image's error, whatever it is; the others go on."""

import gc
import io
import traceback
import weakref

import cv2
import numpy as np
import pytest

from forensics_rt import Detector, Failure
from forensics_rt.errors import (
    EngineFailed,
    EngineOutOfMemory,
    ImageFailed,
    ImageNotFound,
    ImageTooLarge,
    ImageUnreadable,
)
from forensics_rt.io.image_errors import image_error, is_out_of_memory
from tests.inference.test_host import Answering, noisy


def no_memory_of_opencv():
    error = cv2.error("Failed to allocate 99 bytes")
    error.code = cv2.Error.StsNoMem
    return error


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (MemoryError(), ImageTooLarge, "needs more memory than is free; free some"),
        (no_memory_of_opencv(), ImageTooLarge, "needs more memory than is free"),
        (RuntimeError("std::bad_alloc"), ImageTooLarge, "needs more memory than is free"),
        (RuntimeError("CUDA out of memory."), ImageTooLarge, "needs more memory than is free"),
        (EngineFailed("plugin.cpp:54: can't alloc"), ImageTooLarge, "needs more memory than is"),
        (EngineOutOfMemory("member 0 failed"), ImageTooLarge, "needs more memory than is free"),
        (KeyError("chroma"), ImageFailed, "unexpected error, KeyError: 'chroma'; save the"),
        (RuntimeError(), ImageFailed, "an unexpected error, RuntimeError: no message"),
        (EngineFailed("out of luck"), EngineFailed, "out of luck"),
        (ImageNotFound("a.png", "no such file"), ImageNotFound, "a.png: no such file"),
    ],
)
def test_every_error_becomes_one_of_the_tree(error, kind, says):
    found = image_error("a.png", error)

    assert type(found) is kind and says in str(found)
    if kind in (ImageTooLarge, ImageFailed):
        assert found.source == "a.png"
    if kind is ImageFailed:
        assert found.__cause__ is error


def test_an_image_that_is_no_more_kept_in_memory_once_it_failed_for_want_of_it():
    kept = []

    def decode():
        pixels = np.zeros((10, 10))
        kept.append(weakref.ref(pixels))
        raise MemoryError

    try:
        decode()
    except MemoryError as error:
        found = image_error("a.png", error)
    gc.collect()

    assert isinstance(found, ImageTooLarge) and kept[0]() is None


class Damaged(io.BytesIO):
    """A file that cannot be read, and what was read of it."""

    def __init__(self, held):
        super().__init__()
        self.held = held

    def read(self, *arguments):
        pixels = np.zeros((10, 10))
        self.held.append(weakref.ref(pixels))
        raise OSError("the disk is gone")


def test_a_failure_holds_no_pixels(bundle):
    held = []
    gc.disable()  # memory that only the garbage collector finds would pile up until it comes by
    try:
        with Detector(bundle, Answering()) as detector:
            (failure,) = detector.stream([Damaged(held)], on_error="yield")
            with pytest.raises(ImageUnreadable):
                detector(Damaged(held))
        assert held and all(one() is None for one in held)
    finally:
        gc.enable()
    assert "the disk is gone" in str(failure.error)
    assert "in read_open" in "".join(traceback.format_exception(failure.error))


def test_an_error_that_speaks_of_memory_otherwise_is_none_of_memory():
    assert not is_out_of_memory(ValueError("a memory card is no folder"))


class Failing(Answering):
    """Raises an error at one image."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def _infer(self, member, images):
        if (images == 7).all():
            raise self.error
        return super()._infer(member, images)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), ImageTooLarge),
        (RuntimeError("DefaultCPUAllocator: not enough memory"), ImageTooLarge),
        (RuntimeError("out of luck"), EngineFailed),
        (KeyError("node"), EngineFailed),
    ],
)
def test_what_fails_in_the_engine_fails_one_image(bundle, error, kind):
    images = noisy(5)
    images[2][:] = 7
    with Detector(bundle, Failing(error)) as detector:
        found = list(detector.stream(images, on_error="yield"))
        with pytest.raises(kind):
            detector(images[2])

    assert [isinstance(one, Failure) for one in found] == [False, False, True, False, False]
    assert type(found[2].error) is kind and found[2].name == "<array>"


@pytest.mark.parametrize(
    "place",
    ["forensics_rt.inference.host.image_score", "forensics_rt.inference.tile_loop.gather_batch"],
)
@pytest.mark.parametrize(
    ("error", "kind"), [(MemoryError, ImageTooLarge), (IndexError, ImageFailed)]
)
def test_what_fails_beside_the_engine_fails_one_image(bundle, monkeypatch, place, error, kind):
    calls = 0

    def failing(*arguments):
        nonlocal calls
        calls += 1
        if calls == 1:
            raise error
        return works(*arguments)

    module, name = place.rsplit(".", 1)
    works = getattr(__import__(module, fromlist=[name]), name)
    with Detector(bundle, Answering()) as detector:
        monkeypatch.setattr(place, failing)
        found = list(detector.stream(noisy(4), on_error="yield"))

    failed = [one for one in found if isinstance(one, Failure)]
    assert len(found) == 4 and [type(one.error) for one in failed] == [kind]


@pytest.mark.parametrize(
    ("error", "kind"), [(MemoryError(), ImageTooLarge), (LookupError("box"), ImageFailed)]
)
def test_what_a_codec_raises_of_its_own_fails_one_image(bundle, monkeypatch, error, kind):
    from forensics_rt import image_task as module

    def decode(image, *arguments):
        if (image == 7).all():
            raise error
        return works(image, *arguments)

    works = module.decode
    monkeypatch.setattr(module, "decode", decode)
    images = noisy(3)
    images[1][:] = 7
    with Detector(bundle, Answering()) as detector:
        found = list(detector.stream(images, on_error="yield"))
        with pytest.raises(kind):
            detector(images[1], name="scan.png")

    assert [isinstance(one, Failure) for one in found] == [False, True, False]
    assert type(found[1].error) is kind


def test_an_open_file_that_raises_what_it_likes_fails_alone(detector, page):
    class Archive:
        def seekable(self):
            raise LookupError("no such member")

        def read(self):
            raise LookupError("no such member")

    found = list(detector.stream([page, Archive(), page], on_error="yield"))

    assert [isinstance(one, Failure) for one in found] == [False, True, False]
    assert "no such member" in str(found[1].error)
