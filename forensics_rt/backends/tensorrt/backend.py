"""The adapter: the engines of a bundle behind the port of all backends."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, Capabilities, DeviceEngine
from forensics_rt.backends.device_word import place_of
from forensics_rt.backends.tensorrt.loader import EngineLoader, find_record
from forensics_rt.backends.tensorrt.slot import Slot
from forensics_rt.bundle.engines.cache import cached_engine
from forensics_rt.bundle.engines.match import check_engine, mismatches
from forensics_rt.bundle.engines.probe import gpu_platform
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.device import CudaDevice
from forensics_rt.cuda.graph import Capture, capture
from forensics_rt.cuda.port import Device
from forensics_rt.errors import EngineFailed
from forensics_rt.system.gpu_platform import GpuPlatform
from forensics_rt.system.leases import Leases

Kind = Literal["tensorrt", "tensorrt-rtx"]
# One computes while the next is being queued; more contexts cost memory and gain nothing.
CONTEXTS = 2
_LEGACY_AND_PER_THREAD = (0, 1, 2)


@dataclass(frozen=True)
class EngineSite:
    """What engines run on.

    Attributes:
        device: The GPU.
        machine: What an engine's record is compared with.
        trt: The TensorRT module; `None` to import it.
        capture: What records CUDA graphs; `None` for no graphs.
    """

    device: Device
    machine: GpuPlatform
    trt: Any = None
    capture: Capture | None = capture

    @classmethod
    def here(cls, ordinal: int = 0) -> EngineSite:
        """Return this machine's.

        Args:
            ordinal: Number of the GPU.

        Raises:
            CudaUnavailable: If there is no driver, no such GPU, or no cuda-core.
        """
        return cls(CudaDevice(ordinal), gpu_platform(ordinal))


class EngineBackend(Backend):
    """Runs prebuilt engines: one for each member and tile size, each with a pool of contexts.

    Args:
        bundle: With engines of the backend's kind.
        device: `cuda` or `cuda:1`: which of this machine's GPUs.
        site: What they run on; `None` for this machine.

    Attributes:
        kind: Which TensorRT; each has a class of its own.

    Raises:
        CudaUnavailable: If there is no driver or GPU; found out before TensorRT is imported.
        BackendUnavailable: If TensorRT is not installed.
        EngineMismatch: If a member's engine is missing, or does not fit this machine.
    """

    kind: ClassVar[Kind]

    def __init__(
        self, bundle: Bundle, device: str = "cuda", site: EngineSite | None = None
    ) -> None:
        """Compare all engines with the machine; they load on first use."""
        kind = self.kind
        site = site or EngineSite.here(place_of(device).ordinal)
        self._bundle = bundle
        self._device = site.device
        # TensorRT for RTX records graphs itself, when its kernels have been compiled.
        self._capture = site.capture if kind == "tensorrt" else None
        self._loader = EngineLoader(kind, bundle, site.machine, site.trt)
        self._pools: dict[tuple[int, int], Leases[Slot]] = {}
        self._opening = threading.Lock()
        records = [
            find_record(bundle, kind, member, tile)
            for member in range(len(bundle.manifest.networks))
            for tile in bundle.manifest.tile_sizes
        ]
        for record in records:
            if mismatches(record, site.machine) and cached_engine(record, site.machine) is None:
                check_engine(record, site.machine, bundle.path)
        self.capabilities = Capabilities(
            name=kind,
            device=device,
            precision="+".join(sorted({record.precision for record in records})),
            batch=min(record.batch.opt for record in records),
            versions={kind: str(self._loader.trt.__version__)},
        )
        self.on_device = DeviceEngine(site.device, self._infer_on_device)

    def close(self) -> None:
        """Give back contexts, graphs, memory, engines and the runtime, in this order."""
        with self._device.current():
            for pool in self._pools.values():
                for slot in pool.drop():
                    slot.close()
        self._pools.clear()
        self._loader.close()

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        side = _square(images.shape[1], images.shape[2])
        with self._device.current(), self._pool(member, side).lease() as slot:
            return slot.infer(images)

    def _infer_on_device(
        self, member: int, images: int, probability: int, shape: tuple[int, int, int], stream: int
    ) -> None:
        if stream in _LEGACY_AND_PER_THREAD:
            raise EngineFailed(
                f"stream must be one of its own, but is the default stream ({stream}), on which "
                "TensorRT would wait for the whole device"
            )
        side = _square(*shape[1:])
        with self._device.current(), self._pool(member, side).lease() as slot:
            slot.infer_on_device(images, probability, shape, self._device.adopt_stream(stream))

    def _pool(self, member: int, tile: int) -> Leases[Slot]:
        with self._opening:
            if (member, tile) not in self._pools:
                engine = self._loader.load(member, tile)
                make = partial(Slot, self._device, self._loader, engine, self._capture)
                self._pools[member, tile] = Leases(make, CONTEXTS)
            return self._pools[member, tile]


class TensorRTBackend(EngineBackend):
    """Runs the TensorRT engines of a bundle."""

    kind = "tensorrt"


class TensorRTRTXBackend(EngineBackend):
    """Runs the engines of TensorRT for RTX of a bundle."""

    kind = "tensorrt-rtx"


def why_not(kind: Kind, bundle: Bundle, ordinal: int = 0) -> str | None:
    """Say why a bundle's engines cannot run on a GPU of this machine; `None` where they can."""
    records = [record for record in bundle.manifest.engines if record.kind == kind]
    if not records:
        return (
            f"bundle {bundle.manifest.name!r} has no {kind} engines; see "
            "docs/how-to/tensorrt.md for how to build them"
        )
    machine = gpu_platform(ordinal)
    for record in records:
        if cached_engine(record, machine) is None:
            if lines := mismatches(record, machine):
                return f"{record.file.path} does not fit this machine: {'; '.join(lines)}"
    return None


def _square(height: int, width: int) -> int:
    if height != width:
        raise EngineFailed(f"tiles must be square for an engine, but are {height}×{width}")
    return height
