"""Arrays for a server whose backend is compiled for numpy 1, under the numpy that is here."""

import ctypes

import numpy as np

from forensics_rt.triton import tensors
from forensics_rt.triton.tensors import bytes_array, tensor_of


class PlayedTensor:
    """Takes a capsule as Triton's backend does, which gives it a name that DLPack does not have."""

    taken = ctypes.c_char_p(b"used_dlpack")

    def __init__(self, name, array):
        self.name, self.array = name, array

    @classmethod
    def from_dlpack(cls, name, capsule):
        class Producer:
            def __dlpack__(self, **asked):
                return capsule

            def __dlpack_device__(self):
                return (1, 0)

        tensor = cls(name, np.array(np.from_dlpack(Producer())))
        ctypes.pythonapi.PyCapsule_SetName(ctypes.py_object(capsule), cls.taken)
        return tensor


class PlayedBackend:
    Tensor = PlayedTensor


def test_an_array_arrives_and_nothing_is_printed(capfd):
    for array in (np.arange(6, dtype=np.float32).reshape(2, 3), bytes_array(b"abc")):
        tensor = tensor_of(PlayedBackend, "answer", array)
        assert np.array_equal(tensor.array, array)
    assert capfd.readouterr().err == ""


def test_an_array_that_is_read_only_or_no_block_arrives_too():
    array = np.broadcast_to(np.float32(0.5), (3, 4))
    assert np.array_equal(tensor_of(PlayedBackend, "answer", array).array, array)


def test_under_numpy_1_the_plain_calls_are_taken(monkeypatch):
    monkeypatch.setattr(tensors, "BY_DLPACK", False)
    array = np.zeros(3, np.uint8)
    assert tensor_of(PlayedBackend, "answer", array).array is array
