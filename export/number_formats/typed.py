"""From a member's graph to one that computes in another number format."""

from __future__ import annotations

from collections.abc import Mapping

import onnx

from export.coefficients import limit_of, refuse_coefficients
from export.graph.ends import prepare
from export.number_formats.calibration import CalibrationSet
from export.number_formats.cast import cast_graph
from export.number_formats.formats import NumberFormat
from export.number_formats.keep import asked_formats, kept_nodes, outer_convolutions
from forensics_rt.bundle.manifest import MemberRecord
from forensics_rt.bundle.opening import Bundle


def typed_model(
    bundle: Bundle,
    member: MemberRecord,
    precision: NumberFormat,
    keep_fp32: tuple[str, ...] = (),
    calibration: CalibrationSet | None = None,
) -> tuple[onnx.ModelProto, Mapping[str, str]]:
    """Type a member's graph.

    Args:
        bundle: Whose member.
        member: The member.
        precision: What it shall compute in.
        keep_fp32: Nodes that stay in float32 besides those that always do: `op:TYPE`, `name:GLOB`.
        calibration: Tiles that int8 ranges are measured on; `None` for any other precision.

    Returns:
        The model, and the format that each layer with weights shall compute in, by name.

    Raises:
        ExportError: If the graph cannot be cast or quantized, or a pattern is none.
    """
    if precision != "fp32":
        refuse_coefficients(limit_of(bundle.manifest.contract), precision)
    prepared = prepare(onnx.load_from_string(bundle.graph(member)))
    kept = kept_nodes(prepared.graph, keep_fp32)
    if calibration is not None:
        kept |= outer_convolutions(prepared.graph)
    asked = asked_formats(prepared.graph, precision, kept)
    if calibration is None:
        return cast_graph(prepared, precision, kept), asked
    # Here, because ONNX Runtime's quantizer is slow to import.
    from export.number_formats.quantize import quantize_graph

    whole = cast_graph(prepared, "fp32")
    return quantize_graph(whole, kept, calibration), asked
