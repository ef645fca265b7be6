"""A TensorRT that runs on the played device, with the habits of the real one.

It answers False or None and logs where the real one does. A context computes in two steps, in
scratch memory: two calls that share it without waiting for each other give wrong answers. One that
a graph was recorded from must stay as it was.
"""

import ctypes
import enum
import json
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from forensics_rt.backends.tensorrt.backend import (
    EngineSite,
    TensorRTBackend,
    TensorRTRTXBackend,
)
from forensics_rt.bundle.manifest import BatchProfile
from tests.bundle.engines.records import L4, engine_record, rtx_record
from tests.bundles import constant_graph, file_record, write_bundle
from tests.cuda.host_device import HostDevice
from tests.cuda.test_device_path import answer


class PlayedDevice(HostDevice):
    """The played device for several threads, with CUDA graphs."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.lock = threading.RLock()
        self.recording = {}
        self.graphs = []

    @contextmanager
    def current(self):
        with self.lock:
            self.depth += 1
        try:
            yield
        finally:
            with self.lock:
                self.depth -= 1

    def adopt_stream(self, handle):
        with self.lock:
            return super().adopt_stream(handle)

    def create_stream(self):
        with self.lock:
            return super().create_stream()

    def run_until(self, done):
        with self.lock:
            super().run_until(done)

    def _enqueue(self, stream, name, work):
        with self.lock:
            if stream.handle in self.recording:
                self.recording[stream.handle].append((name, work))
            else:
                super()._enqueue(stream, name, work)

    def capture(self, stream, work):
        self.recording[stream.handle] = []
        try:
            work()
        finally:
            recorded = self.recording.pop(stream.handle)
        self.graphs.append(PlayedGraph(self, recorded))
        return self.graphs[-1]


class PlayedGraph:
    def __init__(self, device, recorded):
        self.device, self.recorded = device, recorded
        self.launches, self.closed = 0, False

    def launch(self, stream):
        assert not self.closed
        self.launches += 1
        for name, work in self.recorded:
            self.device._enqueue(stream, f"graph {name}", work)

    def close(self):
        assert not self.closed
        self.closed = True


def at(address, shape, kind):
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    there = (ctypes.c_uint8 * size).from_address(address)
    return np.ctypeslib.as_array(there).view(kind).reshape(shape)


class Context:
    def __init__(self, engine, managed):
        self.engine, self.managed = engine, managed
        self.active_optimization_profile = 0
        self.own = np.zeros(engine.device_memory_size_v2, np.uint8)
        self.scratch = None if managed else self.own.ctypes.data
        self.shape, self.addresses, self.frozen = None, {}, False
        self.user = threading.Lock()

    def set_device_memory(self, address, size):
        assert size >= self.engine.device_memory_size_v2
        self.scratch = address

    def set_input_shape(self, name, shape):
        with self.in_use():
            least, most = self.engine.batch
            fits = least <= shape[0] <= most and shape[1:] == (*self.engine.sides, 3)
            self.shape = shape if fits and name == "image" else None
            return self.shape is not None or self.engine.trt.complain("shape out of profile")

    def set_tensor_address(self, name, address):
        with self.in_use():
            assert address % 256 == 0, "TensorRT wants addresses on multiples of 256"
            self.addresses[name] = address
            return name in ("image", "probability")

    def execute_async_v3(self, stream):
        assert self.user.acquire(blocking=False), "a context is for one thread at a time"
        try:
            trt, device = self.engine.trt, self.engine.trt.device
            assert stream not in (0, 1, 2), "the default stream"
            if self.shape is None or self.scratch is None or trt.fails:
                return trt.complain("enqueueV3: not ready" if not trt.fails else "out of memory")
            shape, scratch = self.shape, self.scratch
            read, write = self.addresses["image"], self.addresses["probability"]

            def compute():
                found = self.engine.trt.answer(self.engine.member, at(read, shape, np.uint8))
                at(scratch, shape[:3], np.float32)[...] = found

            def put_out():
                at(write, shape[:3], np.float32)[...] = at(scratch, shape[:3], np.float32)
                at(scratch, shape[:3], np.float32)[...] = np.nan

            self.frozen = stream in device.recording
            trt.calls.append(("record" if self.frozen else "execute", shape[0]))
            queue = device.adopt_stream(stream)
            device._enqueue(queue, "engine", compute)
            device._enqueue(queue, "engine", put_out)
            return True
        finally:
            self.user.release()

    @contextmanager
    def in_use(self):
        assert self.user.acquire(blocking=False), "a context is for one thread at a time"
        assert not self.frozen, "a graph was recorded from this context"
        try:
            yield
        finally:
            self.user.release()


class Engine:
    num_io_tensors = 2

    def __init__(self, trt, plan):
        self.trt, self.member, self.plan = trt, plan["member"], plan
        self.sides, self.batch = (plan["tile"],) * 2, (plan["batch"][0], plan["batch"][2])
        self.device_memory_size_v2 = self.batch[1] * plan["tile"] ** 2 * 4

    def get_tensor_name(self, index):
        return ("image", "probability")[index]

    def get_tensor_mode(self, name):
        modes = self.trt.TensorIOMode
        return modes.INPUT if name == "image" else modes.OUTPUT

    def get_tensor_dtype(self, name):
        types = self.trt.DataType
        return types[self.plan.get("input", "UINT8")] if name == "image" else types.FLOAT

    def get_tensor_profile_shape(self, name, index):
        assert (name, index) == ("image", 0)
        return [[count, *self.sides, 3] for count in self.plan["batch"]]

    def create_runtime_config(self):
        return SimpleNamespace()

    def create_execution_context(self, how=None):
        self.trt.contexts.append(how)
        if self.trt.full:
            return self.trt.complain("out of memory") or None
        return Context(self, how is self.trt.ExecutionContextAllocationStrategy.USER_MANAGED)


class PlayedTensorRT:
    """What `import tensorrt` gives. A plan is JSON; anything else is no plan."""

    __version__ = "11.4.0.106"
    TensorIOMode = enum.Enum("TensorIOMode", "INPUT OUTPUT")
    DataType = enum.Enum("DataType", "UINT8 FLOAT HALF")
    ExecutionContextAllocationStrategy = enum.Enum("Allocation", "STATIC USER_MANAGED")
    DynamicShapesKernelSpecializationStrategy = enum.Enum("Specialization", "LAZY EAGER NONE")
    CudaGraphStrategy = enum.Enum("Graphs", "DISABLED WHOLE_GRAPH_CAPTURE")

    class ILogger:
        Severity = enum.Enum("Severity", "INTERNAL_ERROR ERROR WARNING INFO VERBOSE")

    def __init__(self, device, answer=answer):
        self.device, self.answer = device, answer
        self.calls, self.contexts, self.loaded = [], [], []
        self.runtimes = 0
        self.fails = self.full = False

    def Runtime(self, logger):
        self.runtimes += 1
        self.logger = logger
        self.runtime = SimpleNamespace(
            engine_host_code_allowed=False, deserialize_cuda_engine=self.deserialize
        )
        return self.runtime

    def deserialize(self, data):
        self.loaded.append(data)
        try:
            return Engine(self, json.loads(data))
        except ValueError:
            return self.complain("stdArchiveReaderInitCommon: Magic tag does not match") or None

    def complain(self, message):
        self.logger.log(self.ILogger.Severity.ERROR, message)
        return False


def engine_bundle(folder, members=2, tiles=(32, 64), batch=(1, 4, 8), rtx=False, **changes):
    """A bundle with an engine for every member and tile size, as if built on the L4."""
    graphs = [constant_graph(0.1 + member / 10) for member in range(members)]
    before = write_bundle(folder, graphs, tiles)
    make, records = rtx_record if rtx else engine_record, []
    for index, member in enumerate(before.manifest.members):
        for tile in tiles:
            path = f"engines/{member.name}-{tile}.plan"
            plan = {"member": index, "tile": tile, "batch": batch}
            (folder / "engines").mkdir(exist_ok=True)
            (folder / path).write_text(json.dumps(plan))
            values = {
                "member": member.name,
                "tile": tile,
                "batch": BatchProfile(min=batch[0], opt=batch[1], max=batch[2]),
                "file": file_record(folder, path),
                "graph_sha256": member.graph.sha256,
            }
            records.append(make(**(values | changes)))
    return write_bundle(folder, graphs, tiles, engines=tuple(records))


BACKENDS = {kind.kind: kind for kind in (TensorRTBackend, TensorRTRTXBackend)}


def open_played(bundle, seed=0, graphs=True, machine=L4, kind="tensorrt", answer=answer):
    """The adapter on a played device, with the device and the TensorRT it runs on."""
    device = PlayedDevice(seed=seed)
    trt = PlayedTensorRT(device, answer)
    site = EngineSite(device, machine, trt, device.capture if graphs else None)
    return BACKENDS[kind](bundle, site=site), device, trt
