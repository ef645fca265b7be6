"""Arrays of others as input and maps as output; the GPU and its libraries are played."""

import numpy as np
import pytest

from forensics_rt.cuda.dlpack import CPU, CUDA, make_capsule, read_capsule
from forensics_rt.cuda.interchange import DeviceArray, accept_image, is_on_device
from forensics_rt.errors import InvalidArray
from tests.cuda.host_device import HostDevice


class PlayedInterface:
    """Memory of the played device through `__cuda_array_interface__`, as pycuda has it."""

    def __init__(self, array, **changes):
        self.array = array
        self.__cuda_array_interface__ = {
            "shape": array.shape,
            "typestr": array.dtype.str,
            "data": (array.ctypes.data, False),
            "strides": None,
            "version": 3,
            **changes,
        }


class PlayedTensor:
    """The same through DLPack, as torch and CuPy have it."""

    def __init__(self, array, device=(CUDA, 0)):
        self.array = array
        self.shape = array.shape
        self.device = device
        self.streams = []

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, stream=None):
        self.streams.append(stream)
        array = self.array
        return make_capsule(array.ctypes.data, array.shape, array.dtype.name, self.device, self)


@pytest.fixture
def device():
    device = HostDevice()
    with device.current():
        yield device


@pytest.fixture
def stream(device):
    return device.create_stream()


IMAGE = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


@pytest.mark.parametrize("played", [PlayedInterface, PlayedTensor])
def test_an_image_on_the_device_is_taken_where_it_lies(played, device, stream):
    array = played(IMAGE)

    found = accept_image(array, device, stream)

    assert is_on_device(array)
    assert (found.pointer, found.height, found.width) == (IMAGE.ctypes.data, 4, 6)


def test_dlpack_is_told_which_stream_will_read(device, stream):
    tensor = PlayedTensor(IMAGE)

    accept_image(tensor, device, stream)

    assert tensor.streams == [stream.handle]


@pytest.mark.parametrize("seed", range(10))
def test_the_reader_waits_for_the_stream_of_the_maker(seed):
    device = HostDevice(seed)
    order = []
    with device.current():
        maker, reader = device.create_stream(), device.create_stream()
        device.call(maker.handle, lambda: order.append("made"))

        accept_image(PlayedInterface(IMAGE, stream=maker.handle), device, reader)
        device.call(reader.handle, lambda: order.append("read"))
        reader.synchronize()

    assert order == ["made", "read"]


@pytest.mark.parametrize("stride", [(18, 3, 1), None])
def test_strides_that_say_nothing_are_accepted(device, stream, stride):
    assert accept_image(PlayedInterface(IMAGE, strides=stride), device, stream).width == 6


def test_the_stride_of_an_axis_of_length_1_may_be_anything(device, stream):
    row = PlayedInterface(IMAGE[:1], strides=(999, 3, 1))

    assert accept_image(row, device, stream).height == 1


@pytest.mark.parametrize(
    ("array", "cause"),
    [
        (PlayedInterface(IMAGE.astype(np.float32)), "must be uint8, but is float32"),
        (PlayedInterface(IMAGE[:, :, 0].copy()), r"must be H×W×3 RGB, but has shape \(4, 6\)"),
        (PlayedInterface(IMAGE, shape=(4, 6, 4)), r"shape \(4, 6, 4\)"),
        (PlayedInterface(IMAGE, shape=(0, 6, 3)), r"shape \(0, 6, 3\)"),
        (PlayedInterface(IMAGE, strides=(36, 3, 1)), "row by row.* make it contiguous"),
        (PlayedInterface(IMAGE, shape=(6, 4, 3), strides=(3, 18, 1)), "row by row"),
        (PlayedInterface(IMAGE, mask=IMAGE), "must have no mask"),
        (PlayedInterface(IMAGE, data=(0, False)), "cannot be used: its address is 0"),
        (PlayedTensor(IMAGE, (CPU, 0)), "is on the CPU; give a numpy array"),
        (PlayedTensor(IMAGE, (CUDA, 1)), "must be on GPU 0, but is on GPU 1"),
        (PlayedTensor(IMAGE, (10, 0)), "DLPack device type 10"),
        (PlayedTensor(IMAGE.astype(np.int32)), "must be uint8, but is int32"),
        ("a text", "must have __dlpack__ or __cuda_array_interface__, but is str"),
    ],
)
def test_what_is_no_image_is_refused_with_its_reason(array, cause, device, stream):
    with pytest.raises(InvalidArray, match=cause):
        accept_image(array, device, stream)


def test_arrays_of_the_cpu_are_not_on_the_device():
    torch = pytest.importorskip("torch")

    assert not is_on_device(IMAGE)
    assert not is_on_device(torch.zeros(2))
    assert not is_on_device("a text")


@pytest.fixture
def result(device, stream):
    memory = device.allocate(4 * 6 * 2, stream)
    return DeviceArray(device, memory.pointer, (4, 6), "float16", memory, stream, stream.record())


def test_a_map_shows_itself_through_the_array_interface(result, stream):
    facts = result.__cuda_array_interface__

    assert facts["shape"] == (4, 6)
    assert facts["typestr"] == "<f2"
    assert facts["data"] == (result.pointer, False)
    assert facts["stream"] == stream.handle
    assert facts["version"] == 3


def test_bytes_have_no_order(device, stream, result):
    mask = DeviceArray(device, result.pointer, (4, 6), "uint8", result, stream, stream.record())

    assert mask.__cuda_array_interface__["typestr"] == "|u1"


def test_a_map_shows_itself_through_dlpack(result):
    tensor = read_capsule(result.__dlpack__(stream=-1))

    assert result.__dlpack_device__() == (CUDA, 0)
    assert (tensor.pointer, tensor.shape, tensor.dtype) == (result.pointer, (4, 6), "float16")
    assert tensor.device == (CUDA, 0)


@pytest.mark.parametrize("consumer", [None, 7])
def test_the_consumer_waits_until_the_map_is_made(device, consumer):
    order = []
    for attempt in range(20):
        device = HostDevice(seed=attempt)
        with device.current():
            stream = device.create_stream()
            memory = device.allocate(64, stream)
            device.call(stream.handle, lambda: order.append("made"))
            ready = stream.record()
            array = DeviceArray(device, memory.pointer, (4, 4), "float32", memory, stream, ready)

            array.__dlpack__(stream=consumer)
            reader = device.adopt_stream(consumer or 1)
            device.call(reader.handle, lambda: order.append("read"))
            reader.synchronize()

    assert order == ["made", "read"] * 20


def test_memory_that_the_default_stream_reads_is_freed_behind_it():
    """What torch does with `from_dlpack(array).mean()`: the read is queued, the array let go."""
    for attempt in range(20):
        device = HostDevice(seed=attempt)
        with device.current():
            stream, found = device.create_stream(), np.zeros(16, np.float32)
            memory = device.allocate(64, stream)
            device.call(stream.handle, lambda there=memory.array: there.view("f4").fill(0.5))
            ready = stream.record()
            array = DeviceArray(device, memory.pointer, (4, 4), "float32", memory, stream, ready)
            capsule = array.__dlpack__()
            pointer = memory.pointer
            device.copy(found.ctypes.data, pointer, 64, device.adopt_stream(1))
            del memory, array, capsule  # spoils it, in the order of the stream that wrote it
            stream.synchronize()
            device.adopt_stream(1).synchronize()

        assert (found == 0.5).all(), attempt


@pytest.mark.parametrize("wish", [{"copy": True}, {"dl_device": (CPU, 0)}])
def test_a_map_is_not_copied_by_us(result, wish):
    with pytest.raises(BufferError, match="copy it yourself"):
        result.__dlpack__(**wish)
