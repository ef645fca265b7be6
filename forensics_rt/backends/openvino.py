"""OpenVINO: the engine of the CPU, in bf16 or int8 where processor and parity gate allow it."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
import threading
from dataclasses import replace
from typing import Any
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.backends.precision import PrecisionName
from forensics_rt.backends.reduced_precision import may_run
from forensics_rt.bundle.opening import Bundle
from forensics_rt.system.cache import cache_folder
from forensics_rt.system.cpu import core_limit
from forensics_rt.system.leases import Leases
from forensics_rt.system.processor import (
    has_bf16_without_matrix_units,
    multiplies_int8,
    read_cpuinfo,
)

PACKAGE = "openvino"
DEVICES = ("cpu",)
_TELEMETRY = "openvino_telemetry"
_EXACT, _INT8 = "f32", "int8"
_THREADS = "INFERENCE_NUM_THREADS"


def load_openvino() -> Any:
    """Import openvino without its usage reports, and return the module.

    Merely importing openvino sends an event to a public analytics service, unless its telemetry
    package cannot be imported. Nothing here may phone home; a program that has imported openvino
    before keeps what it has.
    """
    if "openvino" in sys.modules or _TELEMETRY in sys.modules:
        return importlib.import_module("openvino")
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("openvino")
    finally:
        sys.modules.pop(_TELEMETRY, None)


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    if "CPU" not in load_openvino().Core().available_devices:
        return "the openvino package has no CPU plug-in"
    return None


def preferred_precision(core: Any) -> str:
    """Return the number format to compute in on this processor: the engine's choice but for one.

    Where there are instructions for bf16 and no matrix units (AMX), the engine takes bf16 and needs
    1.5 times as long as in float32: a Xeon with AVX-512, OpenVINO 2026.4, 2 and 41 M parameters.
    """
    preferred = str(core.get_property("CPU", "INFERENCE_PRECISION_HINT").get_type_name())
    if preferred == "bf16" and has_bf16_without_matrix_units(read_cpuinfo()):
        return _EXACT
    return preferred


def fastest_precision(core: Any, bundle: Bundle) -> str:
    """Return what a bundle computes in fastest here: the preferred one, or int8 in place of f32.

    Int8 takes half the time of float32 where there are instructions for it (VNNI), if the bundle
    has graphs for that; elsewhere it can run over. Matrix units (AMX) compute in bf16.
    """
    preferred = preferred_precision(core)
    has_int8 = all(network.int8 is not None for network in bundle.manifest.networks)
    return (
        _INT8 if preferred == _EXACT and has_int8 and multiplies_int8(read_cpuinfo()) else preferred
    )


def computed_formats(core: Any, bundle: Bundle) -> tuple[str, ...]:
    """Return the formats other than float32 that this processor computes a bundle in, fast or not.

    Asked for another the engine takes a different one, and does not say so: `f16` is bfloat16 on a
    processor of AVX-512.
    """
    able = _capabilities(core)
    formats = [name for name, said in (("bf16", "BF16"), ("f16", "FP16")) if said in able]
    has_int8 = all(network.int8 is not None for network in bundle.manifest.networks)
    if has_int8 and multiplies_int8(read_cpuinfo()):
        formats.append(_INT8)
    return tuple(formats)


def _capabilities(core: Any) -> list[str]:
    return list(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def _side_by_side(requests: list[Any], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    if len(requests) == 1:
        (request,) = requests
        return np.concatenate(
            [
                request.infer([image[None]], share_inputs=True, share_outputs=True)[0].copy()
                for image in images
            ]
        )
    answers = []
    for first in range(0, len(images), len(requests)):
        part = images[first : first + len(requests)]
        for request, image in zip(requests, part, strict=False):
            request.start_async([image[None]], share_inputs=True)
        for request, _ in zip(requests, part, strict=False):
            request.wait()
            answers.append(request.get_output_tensor().data.copy())
    return np.concatenate(answers)


class OpenVINOBackend(Backend):
    """Compiles each member once per tile size and leases requests.

    The engine sees one tile a request: a larger batch gains nothing on a CPU, and a fixed shape
    lets the engine plan its memory. With several requests the tiles of a batch run side by side,
    each on its share of the threads. Compiled graphs are not kept on disk: to load one saves the
    engine little of the time to compile it, and it would be loaded unchecked.

    It computes in the number format that is fastest on this processor, if the networks may: bf16
    where there are matrix units for it, int8 where there are instructions for it and the bundle has
    graphs for it; see `reduced_precision`. Otherwise in float32.

    Args:
        bundle: Whose graphs to run.
        device: `cpu`.
        threads: How many threads compute; `None` for the engine's own choice.
        requests: How many tiles of a batch run side by side.
        precision: `auto`, or `float32` to compute in float32 in any case.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: str = "cpu",
        *,
        threads: int | None = None,
        requests: int = 1,
        precision: PrecisionName = "auto",
    ) -> None:
        """Start the engine; nothing is compiled yet."""
        openvino = load_openvino()
        self._bundle = bundle
        self._core = openvino.Core()
        self._compiled: dict[tuple[int, int, int], Any] = {}
        self._idle: dict[tuple[int, int, int], Leases[Any]] = {}
        self._compiling = threading.Lock()
        _started.add(self)
        self._requests = requests
        self._settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if threads is not None:
            self._settings[_THREADS] = threads
        # Of a container's quota the engine knows nothing.
        self._limit = core_limit() if threads is None else None
        if requests > 1:
            self._settings["NUM_STREAMS"] = requests
        version = openvino.__version__.split("-")[0]
        chosen = _EXACT if precision == "float32" else fastest_precision(self._core, bundle)
        keep_in = cache_folder("openvino")  # asked in any case: who lacks it is told at once
        self._compute_in(chosen)
        if chosen != _EXACT and not may_run(
            bundle,
            f"openvino {chosen}",
            self._infer,
            keep_in,
            f"{version} {self._core.get_property('CPU', 'FULL_DEVICE_NAME')}",
        ):
            self.close()  # what was compiled to ask the goldens
            chosen = _EXACT
            self._compute_in(chosen)
        self.capabilities = Capabilities(
            name="openvino",
            device=device,
            precision=chosen,
            batch=requests,
            versions={"openvino": version},
        )

    @classmethod
    def unjudged(cls, bundle: Bundle, precision: str) -> OpenVINOBackend:
        """Start the engine in a number format that nothing has vouched for yet, to judge it.

        Args:
            bundle: Whose graphs to run.
            precision: One of `computed_formats`.
        """
        backend = cls(bundle, precision="float32")
        backend._compute_in(precision)
        backend.capabilities = replace(backend.capabilities, precision=precision)
        return backend

    def _compute_in(self, precision: str) -> None:
        self._int8 = precision == _INT8
        # What is not quantized in a graph of int8 is float32; the engine would choose for itself.
        self._settings["INFERENCE_PRECISION_HINT"] = _EXACT if self._int8 else precision

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        key = (member, *images.shape[1:3])
        self._compile(*key)
        idle = self._idle[key]
        requests = [idle.take() for _ in range(min(self._requests, len(images)))]
        answers = _side_by_side(requests, np.ascontiguousarray(images))
        # Not after a failure: a request may then still be running.
        for request in requests:
            idle.give_back(request)
        return answers

    def _compile(self, member: int, height: int, width: int) -> None:
        key = (member, height, width)
        with self._compiling:
            if key not in self._compiled:
                model = self._core.read_model(self._bundle.graph(self._member(member), self._int8))
                model.reshape([1, height, width, 3])
                compiled = self._compile_within_limit(model)
                self._idle[key] = Leases(compiled.create_infer_request)
                self._compiled[key] = compiled

    def _compile_within_limit(self, model: Any) -> Any:
        compiled = self._core.compile_model(model, "CPU", self._settings)
        if self._limit is None or compiled.get_property(_THREADS) <= self._limit:
            return compiled
        self._settings[_THREADS] = self._limit
        return self._core.compile_model(model, "CPU", self._settings)

    def _member(self, member: int) -> Any:
        return self._bundle.manifest.networks[member]

    def close(self) -> None:
        """Drop the compiled graphs and their requests."""
        self._idle.clear()
        self._compiled.clear()

    def _held(self) -> list[Any]:
        held = [self._core, *self._compiled.values()]
        return held + [request for idle in self._idle.values() for request in idle.free()]


def _keep_for_ever() -> None:
    """Have a forked child never drop what it inherits.

    Dropping it waits for threads that only the parent has, or ends the process. The engine itself
    works in the child: what is inherited goes on, and another can be started.
    """
    for backend in list(_started):
        for held in backend._held():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(held))


_started: WeakSet[OpenVINOBackend] = WeakSet()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_keep_for_ever)
