"""PyTorch: the reference, and a way to run a bundle on any device that torch has."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, Capabilities, DeviceEngine
from forensics_rt.backends.device_word import place_of
from forensics_rt.backends.torch_device import TorchOnDevice
from forensics_rt.backends.torch_fork import note_run, refuse_after_fork
from forensics_rt.backends.torch_graph import TorchGraph, unknown_operators
from forensics_rt.backends.torch_recording import RecordedNetworks
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.device import CudaDevice
from forensics_rt.cuda.port import Device
from forensics_rt.errors import CudaUnavailable
from forensics_rt.plan.coefficients import TileCoefficients
from forensics_rt.system.cpu import core_limit

_log = logging.getLogger(__name__)
PACKAGE = "torch"
DEVICES = ("cpu", "cuda")
# The switches of cuDNN are the process's: two runs that turn them in turns would leave them turned.
_switching = threading.Lock()


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    import onnx  # noqa: F401  the graphs are read with it
    import torch

    if device != "cpu" and not torch.cuda.is_available():
        return f"torch {torch.__version__} finds no CUDA device: it needs a CUDA build and a driver"
    return None


def unavailable_for(bundle: Bundle, device: str) -> str | None:
    """Say why it cannot run a bundle on a device; `None` where it can."""
    networks = bundle.manifest.networks
    if device == "cpu" and any(network.precision == "fp16" for network in networks):
        return "torch takes minutes for a tile in float16 on a CPU; openvino and onnxruntime do not"
    unknown = sorted({name for one in networks for name in unknown_operators(bundle.graph(one))})
    return f"torch has no counterpart of operator {', '.join(unknown)} here" if unknown else None


@contextmanager
def exact_convolutions() -> Iterator[None]:
    """Keep convolutions of a GPU in the format they are given; else cuDNN rounds float32 to TF32.

    One thread at a time: what it queues takes long, to queue it does not.
    """
    import torch

    with _switching, torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield


class TorchBackend(Backend):
    """Runs each graph node by node with torch's own operators.

    On a GPU an image stays on the device from its pixels to its map, as with prebuilt engines, and
    each network is recorded as a CUDA graph for each tile size and for the batch sizes 1, 2, 4, 8
    and so on that come up. That needs cuda-core; without it, tiles are cut and merged on the host,
    and a warning says so.

    Args:
        bundle: Whose graphs to run.
        device: `cpu`, `cuda` or `cuda:1`.
        gpu: The GPU; `None` for the one that `device` names. Not used on the CPU.
        batch: Most tiles of a run on a GPU; `None` for the bundle's best.

    Raises:
        BackendUnavailable: In a child of a process that had run torch when it was forked.
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

        refuse_after_fork()
        self._torch: Any = torch
        limit = core_limit()
        if limit is not None and torch.get_num_threads() > limit:
            torch.set_num_threads(limit)  # of the whole process: it has no other
        self._bundle = bundle
        self.reads_coefficients = bundle.manifest.contract.coefficients is not None
        self._graphs: dict[int, TorchGraph] = {}
        self._loading = threading.Lock()
        self.capabilities = Capabilities(
            name="torch",
            device=device,
            precision=bundle.manifest.members[0].precision,
            batch=1 if device == "cpu" else batch or bundle.manifest.contract.batch.opt,
            versions={"torch": torch.__version__},
            rectangles=device == "cpu",
        )
        self._recorded: RecordedNetworks | None = None
        self._place = device
        self._on_device = None if device == "cpu" else self._start_on_device(gpu)

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        refuse_after_fork()
        image = self._torch.from_numpy(np.ascontiguousarray(images))
        probability = self._run(member, image.to(self._place))
        return np.asarray(probability.float().cpu().numpy(), dtype=np.float32)

    def _infer_with(
        self, member: int, images: npt.NDArray[np.uint8], coefficients: TileCoefficients
    ) -> npt.NDArray[np.float32]:
        refuse_after_fork()
        feeds = {name: self._torch.from_numpy(one) for name, one in coefficients.feeds().items()}
        image = self._torch.from_numpy(np.ascontiguousarray(images))
        return np.asarray(self._run(member, image, feeds).numpy(), dtype=np.float32)

    def _run(self, member: int, images: Any, beside: Mapping[str, Any] | None = None) -> Any:
        note_run()
        graph = self._graph(member)
        with self._torch.inference_mode():
            if self.capabilities.device == "cpu":
                return graph(images, beside=beside)
            with exact_convolutions():
                return graph(images)

    def _start_on_device(self, gpu: Device | None) -> TorchOnDevice | None:
        try:
            device = gpu or CudaDevice(place_of(self._place).ordinal)
        except CudaUnavailable as error:
            _log.warning("tiles are cut and merged on the host, torch runs on the GPU: %s", error)
            return None
        self._place = f"cuda:{device.ordinal}"
        most = self.capabilities.batch
        self._recorded = RecordedNetworks(self._run, most)
        engine = TorchOnDevice(device, self._recorded, most)
        self.on_device = DeviceEngine(device, engine)
        return engine

    def _graph(self, member: int) -> TorchGraph:
        with self._loading:
            if member not in self._graphs:
                graph = self._bundle.graph(self._bundle.manifest.networks[member])
                on_gpu = self.capabilities.device != "cpu"
                self._graphs[member] = TorchGraph(graph, self._place, channels_last=on_gpu)
            return self._graphs[member]

    def close(self) -> None:
        """Drop the graphs."""
        if self._on_device is not None:
            self._on_device.close()
        if self._recorded is not None:
            self._recorded.clear()
        self._graphs.clear()
