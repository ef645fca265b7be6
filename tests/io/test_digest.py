"""SHA-256 beside the work: the same digits, and nobody waits for them before they are wanted."""

import hashlib
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from forensics_rt import Detector
from forensics_rt.errors import ImageNotFound
from forensics_rt.io import digest
from forensics_rt.io.decode import decode
from forensics_rt.io.digest import sha256_beside, sha256_of_file


@pytest.mark.parametrize("size", [0, 1, 1 << 20, 3_000_001])
def test_the_digits_are_those_of_hashlib(size):
    data = np.random.default_rng(1).bytes(size)
    assert sha256_beside(data).result() == hashlib.sha256(data).hexdigest()
    assert sha256_beside(memoryview(data)).result() == hashlib.sha256(data).hexdigest()


def test_an_image_is_decoded_and_computed_before_its_digest_is_there(bundle, monkeypatch):
    may_end, engine_ran = threading.Event(), threading.Event()
    reckon = digest._reckon

    def slowly(data, found):
        assert may_end.wait(30)
        reckon(data, found)

    monkeypatch.setattr(digest, "_reckon", slowly)
    pixels = np.random.default_rng(2).integers(0, 256, (700, 600, 3), np.uint8)
    decoded = decode(pixels)
    assert not decoded.digest.done()

    with Detector(bundle, backend="numpy") as detector:
        infer = detector.backend.infer

        def noted(*arguments):
            engine_ran.set()
            may_end.set()
            return infer(*arguments)

        monkeypatch.setattr(detector.backend, "infer", noted)
        found = detector(pixels)
    assert engine_ran.is_set(), "the engine did not wait for the digest"
    expected = hashlib.sha256(pixels.tobytes()).hexdigest()
    assert found.provenance.image_sha256 == decoded.sha256 == expected


def test_a_file_of_the_same_size_and_time_as_an_earlier_one_has_its_own_digest(tmp_path):
    """What copies files or unpacks them sets their times."""
    path = tmp_path / "fax.tif"
    for data in (b"one", b"two"):
        (tmp_path / "new").write_bytes(data)
        os.utime(tmp_path / "new", (1_700_000_000, 1_700_000_000))
        os.replace(tmp_path / "new", path)
        assert sha256_of_file(path).result() == hashlib.sha256(data).hexdigest()


def test_a_name_is_not_that_of_a_file_in_another_working_folder(tmp_path, monkeypatch):
    for data in (b"one", b"two"):
        folder = tmp_path / data.decode()
        folder.mkdir()
        (folder / "fax.tif").write_bytes(data)
        os.utime(folder / "fax.tif", (1_700_000_000, 1_700_000_000))
        monkeypatch.chdir(folder)
        assert sha256_of_file(Path("fax.tif")).result() == hashlib.sha256(data).hexdigest()


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path, monkeypatch):
    path = tmp_path / "fax.tif"
    path.write_bytes(b"one")

    def busy(*arguments):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", busy)
        with pytest.raises(ImageNotFound, match="Too many open files"):
            sha256_of_file(path).result()
    assert sha256_of_file(path).result() == hashlib.sha256(b"one").hexdigest()


def test_without_leave_for_another_thread_it_is_reckoned_at_once(monkeypatch, tmp_path):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    data = bytes(2 << 20)
    (tmp_path / "file").write_bytes(data)

    expected = hashlib.sha256(data).hexdigest()
    assert sha256_beside(data).result(timeout=0) == expected
    assert sha256_of_file(tmp_path / "file").result(timeout=0) == expected


def test_who_waits_for_one_that_failed_hears_of_it(monkeypatch, tmp_path):
    def wanting(path):
        raise MemoryError

    monkeypatch.setattr("forensics_rt.io.digest.sha256_of", wanting)
    (tmp_path / "file").write_bytes(b"data")

    with pytest.raises(MemoryError):
        sha256_of_file(tmp_path / "file").result(timeout=60)
