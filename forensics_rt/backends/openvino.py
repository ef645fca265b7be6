"""OpenVINO: the engine of the CPU, in the number format that is fastest here and allowed."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.backends.format_timing import measured_ratios
from forensics_rt.backends.number_formats import (
    FLOAT16,
    FLOAT32,
    INT8,
    FormatChoice,
    PrecisionName,
    by_gain,
)
from forensics_rt.backends.openvino_cache import CompiledGraphCache
from forensics_rt.backends.openvino_graphs import CompiledGraphs, within
from forensics_rt.backends.reduced_precision import may_run
from forensics_rt.bundle.opening import Bundle
from forensics_rt.plan.coefficients import TileCoefficients, blank_coefficients
from forensics_rt.system.cache import cache_folder
from forensics_rt.system.cpu import core_limit, usable_cores
from forensics_rt.system.processor import multiplies_int8, read_cpuinfo

PACKAGE = "openvino"
DEVICES = ("cpu",)
_SIDE_BY_SIDE = 2
_LEAST_GAIN = 1.05  # two tiles side by side take more memory
_TELEMETRY = "openvino_telemetry"
_CONVERTER = "openvino.tools.ovc"
_CAPABILITIES = {"BF16": "bf16", "FP16": FLOAT16}
_LOADING = threading.Lock()


def load_openvino(converter: bool = True) -> Any:
    """Import openvino without its usage reports, and return the module.

    Merely importing openvino sends an event to a public analytics service, unless its telemetry
    package cannot be imported. Nothing here may phone home; a program that has imported openvino
    before keeps what it has.

    Args:
        converter: Whether `openvino.convert_model` is wanted, by the program that this is a part
            of. Nothing here calls it, and it takes half of the time of the import.
    """
    with _LOADING:
        module = _imported(converter)
        # Its table of types is made at first use. Two threads that use it first, as those of two
        # tiles do, wait for each other without end: one for the table, one for the interpreter.
        module.Type.u8.to_dtype()
    return module


def _imported(converter: bool) -> Any:
    if "openvino" in sys.modules or _TELEMETRY in sys.modules:
        return importlib.import_module("openvino")
    shut = (_TELEMETRY,) if converter else (_TELEMETRY, _CONVERTER)
    sys.modules.update(dict.fromkeys(shut))  # type: ignore[arg-type]
    try:
        return importlib.import_module("openvino")
    finally:
        for name in shut:
            sys.modules.pop(name, None)


def unavailable(device: str) -> str | None:
    """Say why this backend cannot run here on a device; `None` where it can."""
    try:  # to list all devices would load the plug-ins of them all
        load_openvino().Core().get_versions("CPU")
    except RuntimeError:
        return "the openvino package has no CPU plug-in"
    return None


def formats_here(core: Any, bundle: Bundle) -> dict[str, str | None]:
    """Return each number format beside float32, with the reason if it cannot be computed in here.

    Asked for another the engine takes a different one, and does not say so: `f16` is bfloat16 on a
    processor of AVX-512.

    Args:
        core: OpenVINO's.
        bundle: What is to run.
    """
    able = _capabilities(core)
    if bundle.manifest.contract.coefficients is not None:
        alone = "networks that read the coefficients of JPEG run in float32 alone"
        return dict.fromkeys(
            [*(name for w, name in _CAPABILITIES.items() if w in able), INT8], alone
        )
    found: dict[str, str | None] = {
        name: None for word, name in _CAPABILITIES.items() if word in able
    }
    if not all(network.int8 is not None for network in bundle.manifest.networks):
        tried = any(row.engine.endswith("int8 graph") for row in bundle.manifest.parity)
        failed = "int8 did not pass when the bundle was built"
        found[INT8] = failed if tried else "the bundle has no int8 graphs"
    elif not multiplies_int8(read_cpuinfo()):
        found[INT8] = "this processor's sums of 8-bit products can overflow (it has no VNNI)"
    else:
        found[INT8] = None
    return found


def _capabilities(core: Any) -> list[str]:
    return list(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


class OpenVINOBackend(Backend):
    """Compiles each member once per tile size and leases requests.

    The engine sees one tile a request: a larger batch gains nothing on a CPU, and a fixed shape
    lets the engine plan its memory. Where that is faster, two tiles run side by side, each on half
    of the threads: all threads on one wait for each other at every layer. That is measured like the
    number formats. A tile that comes alone has all threads. Compiled graphs are kept on disk for
    later starts (`openvino_cache`).

    It computes in the number format that is fastest on this processor, as measured at the first
    start with the bundle (`format_timing`), if the networks may (`reduced_precision`).

    Args:
        bundle: Whose graphs to run.
        device: `cpu`.
        threads: How many threads compute; `None` for the engine's own choice.
        requests: How many tiles run side by side; `None` for two where that is faster.
        precision: `auto`, or `float32` to compute in float32 in any case.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: str = "cpu",
        *,
        threads: int | None = None,
        requests: int | None = None,
        precision: PrecisionName = "auto",
    ) -> None:
        """Start the engine, and measure the number formats where nobody has."""
        openvino = load_openvino()
        self._bundle = bundle
        self.reads_coefficients = bundle.manifest.contract.coefficients is not None
        self._core = openvino.Core()
        self._version = openvino.__version__.split("-")[0]
        settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if threads is not None:
            settings |= within(threads)
        # Of a container's quota the engine knows nothing.
        limit = core_limit() if threads is None else None
        self._threads = threads or usable_cores()
        self._graphs_in = partial(CompiledGraphs, bundle=bundle, settings=settings, limit=limit)
        _started.add(self)
        choice = FormatChoice()
        if precision != "float32":
            # What is compiled on trial has an engine of its own, which ends with it. Otherwise its
            # threads would wait for other work, and a forked child would give work to them.
            choice = self._choose(openvino.Core())
        cache = CompiledGraphCache(self._core, openvino.__version__)
        requests = requests or self._fastest_requests(openvino.Core(), choice.taken)
        self._graphs = self._graphs_in(
            self._core,
            number_format=choice.taken,
            side_by_side=requests,
            # What is decrypted must not come to lie on a disk, compiled or not.
            cache=None if bundle.encrypted else cache,
        )
        self.capabilities = Capabilities(
            name="openvino",
            device=device,
            precision=choice.taken,
            batch=1,
            side_by_side=requests,
            versions={"openvino": self._version},
            formats=choice,
            rectangles=True,
        )

    @classmethod
    def unjudged(cls, bundle: Bundle, precision: str) -> OpenVINOBackend:
        """Start the engine in a number format that nothing has vouched for yet, to judge it.

        Args:
            bundle: Whose graphs to run.
            precision: One that `formats_here` gives no reason against.
        """
        backend = cls(bundle, precision="float32", requests=1)
        backend._graphs = backend._graphs_in(backend._core, number_format=precision)
        backend.capabilities = replace(backend.capabilities, precision=precision, formats=None)
        return backend

    def _choose(self, core: Any) -> FormatChoice:
        """Return the fastest number format that may run, tried on an engine."""
        found = formats_here(core, self._bundle)
        refused = {name: reason for name, reason in found.items() if reason is not None}
        candidates = [name for name in found if name not in refused]
        keep_in = cache_folder("openvino")  # asked in any case: who lacks it hears of it at once
        if not candidates:
            return FormatChoice(refused=refused)
        versions = self._versions(core)
        # A tile on its share of the threads: of all threads the time of waiting would count, too.
        compiled = {
            name: self._graphs_in(core, number_format=name, side_by_side=_SIDE_BY_SIDE)
            for name in (FLOAT32, *candidates)
        }
        infer = {name: partial(one.infer, 0) for name, one in compiled.items()}
        ratios = measured_ratios(
            self._bundle, infer, f"{versions} {self._threads} threads, shared", keep_in
        )
        gains = {name: ratio for name, ratio in ratios.items() if name != FLOAT32}
        taken = FLOAT32
        for name in by_gain(gains):
            if taken != FLOAT32:
                refused[name] = f"{taken} is preferred (f32: 1, {name}: {gains[name]:.2f})"
                continue
            engine = f"openvino {name}"
            exact = compiled[FLOAT32].infer if name == FLOAT16 else None
            if may_run(self._bundle, engine, compiled[name].infer, keep_in, versions, exact):
                taken = name
            else:
                refused[name] = "it changes too many decisions"
        for name, ratio in gains.items():
            if name not in (taken, *refused):
                refused[name] = f"it is {ratio:.2f} times as fast as {FLOAT32} here"
        return FormatChoice(taken, gains, refused)

    def _fastest_requests(self, core: Any, number_format: str) -> int:
        """Return how many tiles to run side by side, tried on an engine."""
        if self._threads == 1:
            return 1
        graphs = self._graphs_in(core, number_format=number_format, side_by_side=_SIDE_BY_SIDE)
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as callers:

            def infer(batch: npt.NDArray[np.uint8], alone: bool = False) -> None:
                blank = blank_coefficients(batch.shape[:3]) if self.reads_coefficients else None
                graphs.infer(0, batch, alone, blank)

            def in_turn(batch: npt.NDArray[np.uint8]) -> None:
                for _ in range(_SIDE_BY_SIDE):
                    infer(batch, alone=True)

            def side_by_side(batch: npt.NDArray[np.uint8]) -> None:
                list(callers.map(infer, [batch] * _SIDE_BY_SIDE))

            ratios = measured_ratios(
                self._bundle,
                {"one": in_turn, "two": side_by_side},
                f"{self._versions(core)} {self._threads} threads {number_format}",
                cache_folder("openvino"),
                time.perf_counter,  # two threads that wait for each other cost no processor time
            )
        return _SIDE_BY_SIDE if ratios["two"] >= _LEAST_GAIN else 1

    def _versions(self, core: Any) -> str:
        return f"{self._version} {core.get_property('CPU', 'FULL_DEVICE_NAME')}"

    def prepare(
        self, members: int, tile: tuple[int, int] | None = None, alone: bool = False
    ) -> None:
        """Read the graphs; compile them for tiles of a size."""
        for member in range(members):
            if tile is None:
                self._graphs.read(member)
            else:
                self._graphs.compile(member, *tile, alone=alone)

    def infer_alone(
        self,
        member: int,
        images: npt.NDArray[np.uint8],
        coefficients: TileCoefficients | None = None,
    ) -> npt.NDArray[np.float32]:
        """Do what `infer` does, each tile on all threads."""
        on_all_threads = partial(self._graphs.infer, alone=True)

        def with_all(
            member: int, images: npt.NDArray[np.uint8], coefficients: TileCoefficients
        ) -> npt.NDArray[np.float32]:
            return on_all_threads(member, images, coefficients=coefficients)

        return self._checked(on_all_threads, with_all, member, images, coefficients)

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return self._graphs.infer(member, images)

    def _infer_with(
        self, member: int, images: npt.NDArray[np.uint8], coefficients: TileCoefficients
    ) -> npt.NDArray[np.float32]:
        return self._graphs.infer(member, images, coefficients=coefficients)

    def close(self) -> None:
        """Drop the compiled graphs and their requests."""
        self._graphs.close()


def _finish_keeping() -> None:
    """Have no thread in the engine while the process is forked.

    The child would wait for ever for what that thread had locked.
    """
    for backend in list(_started):
        backend._graphs.finish_keeping()


def _keep_for_ever() -> None:
    """Have a forked child never drop what it inherits.

    Dropping it waits for threads that only the parent has, or ends the process. The engine itself
    works in the child: what is inherited goes on, and another can be started.
    """
    for backend in list(_started):
        for held in (backend._core, *backend._graphs.held()):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(held))


_started: WeakSet[OpenVINOBackend] = WeakSet()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_finish_keeping, after_in_child=_keep_for_ever)
    # Whoever forks does not do so while another thread loads the engine.
    os.register_at_fork(
        before=_LOADING.acquire, after_in_parent=_LOADING.release, after_in_child=_LOADING.release
    )
