"""From a member's graph to the one that its engines are built from, and past the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnx

from export.parity import ParityRow
from export.request import Tolerance
from export.tensorrt.calibration import CalibrationSet
from export.tensorrt.cast import cast_graph
from export.tensorrt.ends import prepare
from export.tensorrt.gate import pass_gate
from export.tensorrt.keep import kept_nodes, outer_convolutions
from export.tensorrt.readback import asked_formats
from export.tensorrt.request import EngineRequest
from forensics_rt.bundle import Bundle
from forensics_rt.manifest import MemberRecord


@dataclass(frozen=True)
class TypedGraph:
    """A graph whose types are those that the engine shall compute in.

    Attributes:
        path: The ONNX file.
        asked: Format that each layer with weights shall compute in, by name.
        rows: How far it answers from PyTorch; empty where nothing here can tell.
    """

    path: Path
    asked: Mapping[str, str]
    rows: tuple[ParityRow, ...]


def typed_graph(
    bundle: Bundle,
    member: MemberRecord,
    request: EngineRequest,
    calibration: CalibrationSet | None,
    tolerance: Tolerance,
    path: Path,
) -> TypedGraph:
    """Type a member's graph as the request says, and hold it to the member's goldens.

    Raises:
        ExportError: If the graph cannot be cast or quantised.
        ParityError: If it does not answer as PyTorch does.
    """
    prepared = prepare(onnx.load_from_string(bundle.graph(member)))
    kept = kept_nodes(prepared.graph, request.keep_fp32)
    if request.precision == "int8":
        kept |= outer_convolutions(prepared.graph)
    asked = asked_formats(prepared.graph, request.precision, kept)
    if calibration is None:
        typed = cast_graph(prepared, request.precision, kept)
    else:
        # Here, because ONNX Runtime's quantiser is slow to import.
        from export.tensorrt.quantise import quantise_graph

        typed = quantise_graph(cast_graph(prepared, "fp32"), kept, calibration)
    onnx.save(typed, path)
    rows = pass_gate(path, bundle, member, request.precision, tolerance)
    return TypedGraph(path, asked, tuple(rows))
