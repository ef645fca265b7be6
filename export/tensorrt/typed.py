"""From a member's graph to one that computes in another number format, and past the gate."""

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
from export.tensorrt.request import EnginePrecision, EngineRequest
from forensics_rt.bundle.manifest import MemberRecord
from forensics_rt.bundle.opening import Bundle


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
        ExportError: If the graph cannot be cast or quantized.
        ParityError: If it does not answer as PyTorch does.
    """
    typed, asked = typed_model(bundle, member, request.precision, request.keep_fp32, calibration)
    onnx.save(typed, path)
    rows = pass_gate(path, bundle, member, request.precision, tolerance)
    return TypedGraph(path, asked, tuple(rows))


def typed_model(
    bundle: Bundle,
    member: MemberRecord,
    precision: EnginePrecision,
    keep_fp32: tuple[str, ...] = (),
    calibration: CalibrationSet | None = None,
    *,
    symmetric: bool = True,
) -> tuple[onnx.ModelProto, Mapping[str, str]]:
    """Type a member's graph.

    Args:
        bundle: Whose member.
        member: The member.
        precision: What it shall compute in.
        keep_fp32: Nodes that stay in float32 besides those that always do: `op:TYPE`, `name:GLOB`.
        calibration: Tiles that int8 ranges are measured on; `None` for any other precision.
        symmetric: As for `quantize.quantize_graph`.

    Returns:
        The model, and the format that each layer with weights shall compute in, by name.

    Raises:
        ExportError: If the graph cannot be cast or quantized, or a pattern is none.
    """
    prepared = prepare(onnx.load_from_string(bundle.graph(member)))
    kept = kept_nodes(prepared.graph, keep_fp32)
    if calibration is not None:
        kept |= outer_convolutions(prepared.graph)
    asked = asked_formats(prepared.graph, precision, kept)
    if calibration is None:
        return cast_graph(prepared, precision, kept), asked
    # Here, because ONNX Runtime's quantizer is slow to import.
    from export.tensorrt.quantize import quantize_graph

    whole = cast_graph(prepared, "fp32")
    return quantize_graph(whole, kept, calibration, symmetric=symmetric), asked
