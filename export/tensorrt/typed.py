"""The graph that an engine is built from: typed as the engine shall compute, and past the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnx

from export.number_formats.calibration import CalibrationSet
from export.number_formats.gate import pass_gate
from export.number_formats.typed import typed_model
from export.parity.rows import ParityRow
from export.tensorrt.request import EngineRequest
from forensics_rt.bundle.limits import Limits
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
    limits: Limits,
    path: Path,
) -> TypedGraph:
    """Type a member's graph as the request says, and hold it to the member's goldens.

    Raises:
        ExportError: If the graph cannot be cast or quantized.
        ParityError: If it does not answer as PyTorch does.
    """
    typed, asked = typed_model(bundle, member, request.precision, request.keep_fp32, calibration)
    onnx.save(typed, path)
    rows = pass_gate(path, bundle, member, request.precision, limits)
    return TypedGraph(path, asked, tuple(rows))
