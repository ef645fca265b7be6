"""The graphs of a bundle as OpenVINO compiled them, in one number format."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.number_formats import FLOAT32, INT8
from forensics_rt.backends.openvino_cache import CompiledGraphCache
from forensics_rt.bundle.manifest import Contract, FileRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.plan.coefficients import DCT, QUANTIZATION, TileCoefficients
from forensics_rt.system.leases import Leases

THREADS = "INFERENCE_NUM_THREADS"
_PINNING = "ENABLE_CPU_PINNING"
_HINT = "INFERENCE_PRECISION_HINT"
_IMAGE: str = Contract().input_name
# Of one network at a time: those of any one page, of three heights and three widths.
MOST_SHAPES = 9


def within(threads: int) -> dict[str, Any]:
    """Return the settings of an engine that may compute on a part of the processor.

    Left to itself it pins its threads to the first processors: of two processes with one thread
    each, both were on the same one.

    Args:
        threads: How many compute.
    """
    return {THREADS: threads, _PINNING: "NO"}


def _one_by_one(
    images: npt.NDArray[np.uint8], coefficients: TileCoefficients | None
) -> Iterator[Mapping[str, npt.NDArray[Any]]]:
    for place in range(len(images)):
        feeds: dict[str, npt.NDArray[Any]] = {_IMAGE: images[place : place + 1]}
        if coefficients is not None:
            feeds |= coefficients.part(place, place + 1).feeds()
        yield feeds


class CompiledGraphs:
    """Compiles each network once per shape of tiles, and leases requests. Thread-safe.

    Of a network the shapes used last are kept, `MOST_SHAPES` of them.

    Args:
        core: OpenVINO's.
        bundle: Whose networks.
        number_format: What to compute in: `int8` takes the graphs that are made for it.
        settings: For the compiler, but for the number format.
        limit: Most threads, where the engine does not know of a limit; `None` for none.
        side_by_side: How many tiles run at once, unless one comes alone.
        cache: Where compiled graphs are kept for later starts; `None` for nowhere.
    """

    def __init__(
        self,
        core: Any,
        bundle: Bundle,
        number_format: str,
        settings: Mapping[str, Any],
        limit: int | None,
        side_by_side: int = 1,
        cache: CompiledGraphCache | None = None,
    ) -> None:
        """Compile nothing yet."""
        self._core = core
        self._bundle = bundle
        self._int8 = number_format == INT8
        # Of a graph in int8, what is not quantized is computed in float32.
        self._settings = {**settings, _HINT: FLOAT32 if self._int8 else number_format}
        self._side_by_side = side_by_side
        self._limit = limit
        self._cache = cache
        self._checked: set[int] = set()  # whose file was found to be that of the manifest
        # Kept: graphs of several tile shapes share the weights of one.
        self._models: dict[int, Any] = {}
        # The one used last comes last.
        self._compiled: dict[tuple[int, int, int, bool], tuple[Any, Leases[Any]]] = {}
        self._compiling = threading.Lock()

    def infer(
        self,
        member: int,
        images: npt.NDArray[np.uint8],
        alone: bool = False,
        coefficients: TileCoefficients | None = None,
    ) -> npt.NDArray[np.float32]:
        """Run one network on a batch: N×H×W×3 RGB to N×H×W float32.

        Args:
            member: Index of the network.
            images: Run one after the other.
            alone: Whether no other call comes meanwhile: each tile gets all threads.
            coefficients: Of the same tiles, where the networks take them.
        """
        height, width = images.shape[1:3]
        idle = self.compile(member, height, width, alone)
        request = idle.take()
        answers = [
            request.infer(feeds, share_inputs=True, share_outputs=True)[0].copy()
            for feeds in _one_by_one(np.ascontiguousarray(images), coefficients)
        ]
        idle.give_back(request)  # not after a failure: it may then still be running
        return np.concatenate(answers)

    def finish_keeping(self) -> None:
        """Wait until what is to be kept for later starts is written."""
        if self._cache is not None:
            self._cache.finish()

    def close(self) -> None:
        """Drop the compiled graphs and their requests, once what is to be kept is written."""
        self.finish_keeping()
        self._models.clear()
        self._compiled.clear()

    def held(self) -> list[Any]:
        """Return every object of the engine that is held."""
        compiled = list(self._compiled.values())
        return [*self._models.values(), *(graph for graph, _ in compiled)] + [
            request for _, idle in compiled for request in idle.free()
        ]

    def read(self, member: int) -> None:
        """Read one network ahead, unless it was compiled at an earlier start."""
        with self._compiling:
            if self._cache is not None and self._cache.has(self._file_of(member)):
                self._check(member)
            else:
                self._model(member)

    def compile(self, member: int, height: int, width: int, alone: bool = False) -> Leases[Any]:
        """Compile one network for tiles of a size, once, and return its requests."""
        alone = alone and self._side_by_side > 1  # else both are one
        key = (member, height, width, alone)
        with self._compiling:
            known = self._compiled.pop(key, None)
            if known is None:
                compiled = self._compile_within_limit(member, (height, width), alone)
                known = compiled, Leases(compiled.create_infer_request)
                self._make_room(member)
            self._compiled[key] = known
            return known[1]

    def _make_room(self, member: int) -> None:
        of_member = [key for key in self._compiled if key[0] == member]
        for key in of_member[: max(0, len(of_member) + 1 - MOST_SHAPES)]:
            del self._compiled[key]  # whoever computes with it has it still

    def _file_of(self, member: int) -> FileRecord:
        return self._bundle.graph_file(self._bundle.manifest.networks[member], self._int8)

    def _check(self, member: int) -> None:
        """Refuse a network whose file is not that of the manifest."""
        if member not in self._checked:
            self._bundle.graph(self._bundle.manifest.networks[member], self._int8)
            self._checked.add(member)

    def _model(self, member: int) -> Any:
        if member not in self._models:
            network = self._bundle.manifest.networks[member]
            graph = self._bundle.graph(network, self._int8)
            self._checked.add(member)
            self._models[member] = self._core.read_model(graph)
        return self._models[member]

    def _compile_within_limit(self, member: int, tile: tuple[int, int], alone: bool) -> Any:
        compiled = self._load_or_compile(member, tile, alone)
        if self._limit is None or compiled.get_property(THREADS) <= self._limit:
            return compiled
        self._settings |= within(self._limit)
        return self._load_or_compile(member, tile, alone)

    def _load_or_compile(self, member: int, tile: tuple[int, int], alone: bool) -> Any:
        streams = {} if alone or self._side_by_side == 1 else {"NUM_STREAMS": self._side_by_side}
        settings, graph = self._settings | streams, self._file_of(member)
        if self._cache is not None and self._cache.has(graph):
            self._check(member)
            loaded = self._cache.load(graph, tile, settings)
            if loaded is not None:
                return loaded
        model = self._model(member)
        shapes = {_IMAGE: [1, *tile, 3]}
        if self._bundle.manifest.contract.coefficients is not None:
            shapes |= {DCT: [1, *tile], QUANTIZATION: [1, 8, 8]}
        model.reshape(shapes)
        compiled = self._core.compile_model(model, "CPU", settings)
        if self._cache is not None:
            self._cache.keep(graph, tile, settings, compiled)
        return compiled
