"""ONNX Runtime: on the CPU, or on a GPU through its CUDA, TensorRT or TensorRT-RTX provider."""

from __future__ import annotations

import os
import threading
from importlib import metadata
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import psutil

from forensics_rt.backends.base import Backend, Capabilities, DeviceEngine
from forensics_rt.backends.device_word import place_of
from forensics_rt.backends.onnxruntime_device import DeviceSessions, to_host
from forensics_rt.backends.onnxruntime_providers import CPU, CUDA, Provider, open_session
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.device import CudaDevice
from forensics_rt.cuda.driver import probe_driver
from forensics_rt.cuda.port import Device
from forensics_rt.errors import BackendUnavailable, ForensicsError
from forensics_rt.plan.coefficients import TileCoefficients
from forensics_rt.system.cpu import core_limit

PACKAGE = "onnxruntime"
DEVICES = ("cpu", "cuda")
# Two builds of one module: installed together, files of one lie over those of the other.
RIVALS = ("onnxruntime", "onnxruntime-gpu")


def rivals() -> str | None:
    """Say so where both builds of onnxruntime are installed; `None` otherwise."""
    for package in RIVALS:
        try:
            metadata.version(package)
        except metadata.PackageNotFoundError:
            return None
    return f"{' and '.join(RIVALS)} are both installed, share one folder, and the last one wins"


def load_onnxruntime() -> Any:
    """Import onnxruntime without its usage reports, and return the module.

    Merely importing it (1.32 on Linux) makes up a number for the machine, keeps it in the user's
    cache folder, and starts what reports to its maker; only the environment can say no. A program
    that has imported onnxruntime before, or set the variable, keeps what it has.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    return why_not("CPUExecutionProvider" if device == "cpu" else "CUDAExecutionProvider")


def why_not(provider: str) -> str | None:
    """Say why a provider that is built into onnxruntime cannot run here; `None` where it can."""
    onnxruntime = load_onnxruntime()
    both = rivals()
    # A package that is half overwritten may lack even this.
    if not hasattr(onnxruntime, "InferenceSession"):
        return f"the onnxruntime package is broken; {both or 'install it again'}"
    there = onnxruntime.get_available_providers()
    if provider not in there:
        mend = f"; {both}: uninstall both" if both else ": uninstall onnxruntime"
        has = f"this build of onnxruntime has only {', '.join(there)}"
        return f"{has}{mend}, then install forensics_rt[gpu]"
    return None if provider == "CPUExecutionProvider" else probe_driver().reason


def _threads_within_limit() -> int | None:
    """Return how many threads compute where CPUs are limited; `None` for the engine's choice.

    It would take one for each core of the machine, whatever a container may use of them.
    """
    limit = core_limit()
    if limit is None:
        return None
    # Two threads of a core count once; in some virtual machines nothing tells cores.
    return min(limit, psutil.cpu_count(logical=False) or limit)


class ONNXRuntimeBackend(Backend):
    """One session a member, for every shape.

    ONNX Runtime's CUDA kernels are planned for a shape, which takes seconds, and planned anew when
    a batch of another shape comes. So there it is a session a member, tile size and batch size, and
    batch sizes are few: 1, 2, 4, 8 and so on. What is missing is filled up, and thrown away.

    Args:
        bundle: Whose graphs to run.
        device: `cpu`, `cuda` or `cuda:1`; `None` for `cpu`, or for the provider's `cuda`.
        gpu: The GPU; `None` for the one that `device` names. Not used on the CPU.
        threads: How many threads of the CPU compute; `None` for the engine's own choice.
        batch: Most tiles in one call on a GPU; `None` for the bundle's best.

    Attributes:
        provider: What computes; `None` for its own kernels on the device.

    Raises:
        BackendUnavailable: If threads are given and a GPU computes, or if the GPU was asked for
            and the provider cannot load there, or refuses the first graph.
        CudaUnavailable: If a GPU was asked for and there is no driver, or no cuda-core.
    """

    provider: ClassVar[Provider | None] = None

    def __init__(
        self,
        bundle: Bundle,
        device: str | None = None,
        *,
        gpu: Device | None = None,
        threads: int | None = None,
        batch: int | None = None,
    ) -> None:
        """Start the engine. Sessions open on first use, on a GPU one of the first member now."""
        onnxruntime = load_onnxruntime()
        self._engine: Any = onnxruntime
        self._bundle = bundle
        self.reads_coefficients = bundle.manifest.contract.coefficients is not None
        device = device or ("cpu" if self.provider is None else "cuda")
        on_cpu = device == "cpu"
        own = Provider(PACKAGE, CPU if on_cpu else CUDA, one_shape=not on_cpu)
        self._provider = self.provider or own
        self._threads = threads
        if threads is not None and self._provider.name != CPU:
            raise BackendUnavailable(
                f"threads is for the CPU, but {self._provider.name} computes; leave it out"
            )
        if threads is None and self._provider.name == CPU:
            self._threads = _threads_within_limit()
        self._sessions: dict[tuple[int, ...], Any] = {}
        batch = batch or bundle.manifest.contract.batch.opt
        self._opening = threading.Lock()
        self._on_device: DeviceSessions | None = None
        if self._provider.name != CPU:
            # CUDA and cuDNN from packages lie where the system's loader does not look.
            if hasattr(onnxruntime, "preload_dlls"):
                onnxruntime.preload_dlls()
            self._on_device = DeviceSessions(
                onnxruntime,
                gpu or CudaDevice(place_of(device).ordinal),
                self._session,
                batch if self._provider.one_shape else None,
            )
            self.on_device = DeviceEngine(self._on_device.device, self._on_device)
        self.capabilities = Capabilities(
            name=self._provider.backend,
            device=device,
            precision=bundle.manifest.members[0].precision,
            batch=1 if self._on_device is None else batch,
            versions={self._provider.backend: onnxruntime.__version__},
            rectangles=not self._provider.one_shape,
        )
        if self._on_device is not None:
            self._open_first()

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        if self._on_device is not None:
            return to_host(self._on_device, member, images)
        return self._run(member, {"image": images})

    def _infer_with(
        self, member: int, images: npt.NDArray[np.uint8], coefficients: TileCoefficients
    ) -> npt.NDArray[np.float32]:
        return self._run(member, {"image": images, **coefficients.feeds()})

    def _run(self, member: int, feeds: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
        session = self._session(member, feeds["image"].shape[:3])
        return np.asarray(session.run(["probability"], feeds)[0], dtype=np.float32)

    def _session(self, member: int, shape: tuple[int, ...]) -> Any:
        key = (member, *shape) if self._provider.one_shape else (member,)
        with self._opening:
            if key not in self._sessions:
                self._sessions[key] = self._open(member)
            return self._sessions[key]

    def _open_first(self) -> None:
        """Find out now, not at an image, whether the provider can load."""
        try:
            side = self._bundle.manifest.tile_sizes[0]
            self._session(0, (self.capabilities.batch, side, side))
        except ForensicsError:
            raise
        except Exception as error:  # ONNX Runtime's have no base of their own
            raise BackendUnavailable(
                f"onnxruntime opens no session with {self._provider.name}: {error}; "
                "`forensics-rt doctor` says what else can run here"
            ) from error

    def _open(self, member: int) -> Any:
        graph = self._bundle.graph(self._bundle.manifest.networks[member])
        there = self._on_device
        if there is None:
            settings = self._engine.SessionOptions()
            if self._threads is not None:
                settings.intra_op_num_threads = self._threads
            return self._engine.InferenceSession(graph, settings, providers=[CPU])
        stream, ordinal = there.stream.handle, there.device.ordinal
        session = open_session(
            self._engine, graph, self._provider, self._bundle.manifest, stream, ordinal
        )
        # A provider that cannot load is replaced by the CPU without an error.
        running = session.get_providers()
        if running[:1] != [self._provider.name]:
            both = rivals()
            raise BackendUnavailable(
                f"onnxruntime was asked for {self._provider.name} and runs on "
                f"{', '.join(running)}; there are "
                f"{', '.join(self._engine.get_available_providers())}. "
                + (f"{both}: uninstall both, then install " if both else "Install ")
                + "forensics_rt[gpu] and a CUDA driver, or ask for device 'cpu'"
            )
        return session

    def close(self) -> None:
        """Drop the sessions."""
        if self._on_device is not None:
            self._on_device.close()
        self._sessions.clear()
