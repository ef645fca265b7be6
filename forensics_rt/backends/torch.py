"""PyTorch: the reference, and a way to run a bundle on any device that torch has."""

from __future__ import annotations

import logging
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, Capabilities, DeviceEngine
from forensics_rt.backends.torch_device import TorchOnDevice
from forensics_rt.backends.torch_graphs import RecordedNetworks
from forensics_rt.backends.torch_operators import OPERATORS
from forensics_rt.bundle import Bundle
from forensics_rt.cuda.device import CudaDevice
from forensics_rt.cuda.port import Device
from forensics_rt.errors import BackendUnavailable, CudaUnavailable

_log = logging.getLogger(__name__)
PACKAGE = "torch"
# Operators that read the values of an input, from this one on.
_READ = {"Resize": 1, "Pad": 1}
DEVICES = ("cpu", "cuda")


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    import onnx  # noqa: F401  the graphs are read with it
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        return f"torch {torch.__version__} finds no CUDA device: it needs a CUDA build and a driver"
    return None


class TorchBackend(Backend):
    """Runs each graph node by node with torch's own operators.

    On a GPU an image stays on the device from its pixels to its map, as with prebuilt engines, and
    each network is recorded as a CUDA graph for each tile size. That needs cuda-core; without it,
    tiles are cut and merged on the host, and a warning says so.

    Args:
        bundle: Whose graphs to run.
        device: `cpu` or `cuda`.
        gpu: The GPU; `None` for the first one of this machine. Not used on the CPU.
        batch: Tiles of every run on a GPU; `None` for the bundle's best.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: str = "cpu",
        *,
        gpu: Device | None = None,
        batch: int | None = None,
    ) -> None:
        """Start; graphs load on first use."""
        import torch

        self._torch: Any = torch
        self._bundle = bundle
        self._graphs: dict[int, TorchGraph] = {}
        self._loading = threading.Lock()
        self.capabilities = Capabilities(
            name="torch",
            device=device,
            precision=bundle.manifest.members[0].precision,
            batch=1 if device == "cpu" else batch or bundle.manifest.contract.batch.opt,
            versions={"torch": torch.__version__},
        )
        self._recorded: RecordedNetworks | None = None
        self._on_device = None if device == "cpu" else self._start_on_device(gpu)

    def _prepare(self, member: int, tile_size: int) -> None:
        self._graph(member)
        if self._on_device is not None:
            self._on_device.rehearse(member, tile_size)

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        image = self._torch.from_numpy(np.ascontiguousarray(images))
        probability = self._run(member, image.to(self.capabilities.device))
        return np.asarray(probability.float().cpu().numpy(), dtype=np.float32)

    def _run(self, member: int, images: Any) -> Any:
        with self._torch.inference_mode(), self._exact():
            return self._graph(member)(images)

    def _exact(self) -> AbstractContextManager[None]:
        """Keep convolutions in what the bundle says; by default cuDNN rounds float32 to TF32."""
        if self.capabilities.device == "cpu":
            return nullcontext()
        scope: AbstractContextManager[None] = self._torch.backends.cudnn.flags(
            enabled=True, allow_tf32=False
        )
        return scope

    def _start_on_device(self, gpu: Device | None) -> TorchOnDevice | None:
        try:
            device = gpu or CudaDevice()
        except CudaUnavailable as error:
            _log.warning("tiles are cut and merged on the host, torch runs on the GPU: %s", error)
            return None
        most = self.capabilities.batch
        self._recorded = RecordedNetworks(self._run, most)
        engine = TorchOnDevice(device, self._recorded, most)
        self.on_device = DeviceEngine(device, engine)
        return engine

    def _graph(self, member: int) -> TorchGraph:
        with self._loading:
            if member not in self._graphs:
                graph = self._bundle.graph(self._bundle.manifest.networks[member])
                self._graphs[member] = TorchGraph(graph, self.capabilities.device)
            return self._graphs[member]

    def close(self) -> None:
        """Drop the graphs."""
        if self._on_device is not None:
            self._on_device.close()
        if self._recorded is not None:
            self._recorded.clear()
        self._graphs.clear()


def _placed(weight: Any, device: str) -> Any:
    """Move a weight to a device, but for shapes and indices, which are reckoned with here."""
    import torch

    if not weight.is_floating_point():
        return weight
    # On a GPU float16 filters lie as the units made for them read them.
    if device == "cuda" and weight.dtype == torch.float16 and weight.ndim == 4:
        return weight.to(device, memory_format=torch.channels_last)
    return weight.to(device)


class TorchGraph:
    """An ONNX graph with one input and one output, ready to be called on a torch tensor.

    Args:
        data: The bytes of the `.onnx` file.
        device: Where its weights go.

    Raises:
        BackendUnavailable: If it holds an operator that has no counterpart here.
    """

    def __init__(self, data: bytes, device: str) -> None:
        """Load the weights and look every operator up."""
        import onnx
        import torch

        graph = onnx.load_from_string(data).graph
        unknown = sorted({node.op_type for node in graph.node} - OPERATORS.keys() - {"Constant"})
        if unknown:
            raise BackendUnavailable(
                f"the torch backend has no operator {', '.join(unknown)}; "
                "run this bundle with openvino or onnxruntime"
            )
        self._input = graph.input[0].name
        self._output = graph.output[0].name
        weights = {
            weight.name: torch.from_numpy(onnx.numpy_helper.to_array(weight).copy())
            for weight in graph.initializer
        }
        # Weights too: exporters keep filters that are not learnt as nodes.
        constants = [node for node in graph.node if node.op_type == "Constant"]
        for node in constants:
            (value,) = (onnx.helper.get_attribute_value(one) for one in node.attribute)
            weights[node.output[0]] = torch.from_numpy(onnx.numpy_helper.to_array(value).copy())
        # To read shapes from a device would wait for it each time.
        read = {name for node in graph.node for name in node.input[_READ.get(node.op_type, 99) :]}
        for node in reversed(graph.node):
            if node.op_type == "Cast" and read.intersection(node.output):
                read.update(node.input)  # a graph that was cast casts its factors back
        self._weights = {
            name: weight if name in read else _placed(weight, device)
            for name, weight in weights.items()
        }
        self._nodes = [
            (
                OPERATORS[node.op_type],
                {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute},
                list(node.input),
                list(node.output),
            )
            for node in graph.node
            if node.op_type != "Constant"
        ]
        self._last_use = {
            name: index for index, node in enumerate(self._nodes) for name in node[2] if name
        }

    def __call__(self, image: Any) -> Any:
        """Run the graph: from the input tensor to the output tensor."""
        values = {**self._weights, self._input: image}
        for index, (operator, attributes, inputs, outputs) in enumerate(self._nodes):
            arguments = [values[name] if name else None for name in inputs]
            results = operator(attributes, *arguments)
            if not isinstance(results, (tuple, list)):
                results = (results,)
            values.update(zip(outputs, results, strict=False))
            for name in inputs:
                # Feature maps are large: let each go after its last reader.
                if name and self._last_use[name] == index and name not in self._weights:
                    values.pop(name, None)
        return values[self._output]
