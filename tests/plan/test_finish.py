import numpy as np
import pytest

from forensics_rt.plan.finish import encode

VALUES = np.random.default_rng(0).random((40, 50), np.float32)


@pytest.mark.parametrize(("kind", "scale", "error"), [("uint8", 255, 2e-3), ("float16", 1, 2.5e-4)])
def test_a_map_survives_in_fewer_bits(kind, scale, error):
    encoded = encode(VALUES, kind)

    assert encoded.dtype == kind
    assert np.abs(encoded.astype(np.float64) / scale - VALUES).max() <= error


def test_the_ends_are_exact():
    ends = np.array([[0, 1]], np.float32)

    assert encode(ends, "uint8").tolist() == [[0, 255]]
    assert encode(ends, "float16").tolist() == [[0, 1]]


def test_float32_is_not_copied():
    assert encode(VALUES, "float32") is VALUES
