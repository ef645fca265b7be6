import gc
import weakref

import numpy as np
import pytest

from forensics_rt.cuda.dlpack import CPU, CUDA, Tensor, make_capsule, read_capsule


class Exporter:
    """Memory of the CPU, handed out through our capsules."""

    def __init__(self, array):
        self.array = array

    def __dlpack_device__(self):
        return CPU, 0

    def __dlpack__(self, **wishes):
        array = self.array
        return make_capsule(array.ctypes.data, array.shape, array.dtype.name, (CPU, 0), self)


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "int32"])
def test_numpy_reads_what_we_write(dtype):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)

    shared = np.from_dlpack(Exporter(array))

    assert shared.dtype == dtype
    assert np.array_equal(shared, array)
    assert shared.ctypes.data == array.ctypes.data, "the memory is shared, not copied"


def test_the_memory_lives_as_long_as_its_consumer():
    exporter = Exporter(np.ones((2, 2), np.float32))
    watched = weakref.ref(exporter)
    shared = np.from_dlpack(exporter)
    del exporter
    gc.collect()
    assert watched() is not None
    assert shared.sum() == 4

    del shared
    gc.collect()
    assert watched() is None


def test_a_capsule_that_nobody_used_lets_go_too():
    exporter = Exporter(np.ones((2, 2), np.float32))
    watched = weakref.ref(exporter)
    capsule = exporter.__dlpack__()
    del exporter
    gc.collect()
    assert watched() is not None

    del capsule
    gc.collect()
    assert watched() is None


def test_we_read_what_numpy_writes():
    array = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)

    tensor = read_capsule(array.__dlpack__())

    assert tensor.pointer == array.ctypes.data
    assert tensor.shape == (2, 4, 3)
    assert tensor.strides in (None, (12, 3, 1))
    assert (tensor.dtype, tensor.device) == ("uint8", (CPU, 0))


def test_we_read_what_torch_writes():
    torch = pytest.importorskip("torch")
    tensor = torch.zeros(6, 5, 3, dtype=torch.float16)[1:, ::2]

    found = read_capsule(tensor.__dlpack__())

    assert found.pointer == tensor.data_ptr()
    assert (found.shape, found.strides, found.dtype) == ((5, 3, 3), (15, 6, 1), "float16")


def test_a_type_that_numpy_lacks_has_no_name():
    torch = pytest.importorskip("torch")

    assert read_capsule(torch.zeros(2, dtype=torch.bfloat16).__dlpack__()).dtype is None


def test_we_read_what_we_write():
    capsule = make_capsule(4096, (5, 7, 3), "uint8", (CUDA, 1), None)

    assert read_capsule(capsule) == Tensor(4096, (5, 7, 3), None, "uint8", (CUDA, 1))


@pytest.mark.parametrize("thing", [None, 7, object()])
def test_what_is_no_capsule_is_refused(thing):
    with pytest.raises(ValueError, match="must be an unused DLPack capsule"):
        read_capsule(thing)


def test_a_used_capsule_is_refused():
    class Once:
        def __init__(self):
            self.capsule = np.ones(3).__dlpack__()

        def __dlpack_device__(self):
            return CPU, 0

        def __dlpack__(self, **wishes):
            return self.capsule

    once = Once()
    np.from_dlpack(once)
    with pytest.raises(ValueError, match="must be an unused"):
        read_capsule(once.capsule)
