"""SHA-256 beside the work: the same digits, and nobody waits for them before they are wanted."""

import hashlib
import threading

import numpy as np
import pytest

from forensics_rt import Detector
from forensics_rt.io import digest
from forensics_rt.io.decode import decode
from forensics_rt.io.digest import sha256_beside


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
