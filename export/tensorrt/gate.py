"""The parity gate of typed graphs: they answer the bundle's goldens, or nothing is built of them.

The engine itself cannot be asked where there is no GPU, so the graph that it is built from is, on
ONNX Runtime's CPU, under the rules that every bundle passes (`export.parity`); one of float16 also
has to stay in its range (`export.float16_range`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from export.engines import Engine, onnxruntime_on
from export.float16_range import check_range
from export.parity import ParityRow, Pixels, Probability, measure
from export.request import Tolerance
from export.tensorrt.request import EnginePrecision
from forensics_rt.backends.torch_graph import TorchGraph
from forensics_rt.bundle.manifest import MemberRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import BackendUnavailable, ExportError, ParityError

_LOGGER = logging.getLogger(__name__)
# ONNX Runtime's CPU has no bfloat16 convolutions.
GATED: frozenset[EnginePrecision] = frozenset({"fp32", "fp16", "int8"})


def pass_gate(
    graph: Path,
    bundle: Bundle,
    member: MemberRecord,
    precision: EnginePrecision,
    tolerance: Tolerance,
    judge: Engine | None = None,
) -> list[ParityRow]:
    """Measure a typed graph on its member's goldens; empty where nothing can measure it.

    Args:
        graph: The typed graph's file.
        bundle: Whose goldens.
        member: The member.
        precision: Of the graph.
        tolerance: What is allowed.
        judge: What runs the graph; `None` for ONNX Runtime on the CPU.

    Raises:
        ParityError: If a row lies beyond the tolerance, saying by how much, or if a float16 graph
            does not stay near the bundle's on tiles of extreme contrast.
        ExportError: If int8 is asked for and there are no goldens to judge it by.
    """
    if precision == "fp16":
        _check_range(graph, bundle, member, tolerance)
    goldens = _goldens(bundle, member)
    if precision == "int8" and not goldens:
        raise ExportError(
            f"{member.name}: int8 is published only behind the parity gate, and the bundle holds "
            "no goldens for it; build the bundle from its checkpoints again"
        )
    if precision not in GATED or not goldens:
        why = (
            "the bundle holds no goldens" if not goldens else f"no CPU engine computes {precision}"
        )
        _LOGGER.warning("%s: not measured against PyTorch, %s", member.name, why)
        return []
    judge = judge or onnxruntime_on(precision)
    rows = list(
        measure(
            graph,
            judge,
            goldens,
            member=member.name,
            reduced=precision != "fp32",
            threshold=bundle.manifest.decision_threshold,
        )
    )
    _refuse(rows, precision, tolerance)
    return rows


def _check_range(graph: Path, bundle: Bundle, member: MemberRecord, tolerance: Tolerance) -> None:
    try:
        typed, source = (
            TorchGraph(data, "cpu") for data in (graph.read_bytes(), bundle.graph(member))
        )
    except BackendUnavailable as error:
        _LOGGER.warning("%s: not asked for tiles of extreme contrast, %s", member.name, error)
        return
    advice = "Keep more nodes in float32 (--keep-fp32), or choose another number format"
    check_range(member.name, typed, source, tolerance, advice)


def _goldens(bundle: Bundle, member: MemberRecord) -> Mapping[int, tuple[Pixels, Probability]]:
    opened = {record.tile: bundle.golden(record) for record in member.goldens}
    return {tile: (image[None], answer[None]) for tile, (image, answer) in opened.items()}


def _refuse(rows: list[ParityRow], precision: EnginePrecision, tolerance: Tolerance) -> None:
    lines = [
        f"{row.record.member}, tile {row.record.tile}: {'; '.join(beyond)}"
        for row in rows
        if (beyond := row.breaches(tolerance))
    ]
    if lines:
        advice = {
            "int8": "calibrate on more images like those in use, keep more nodes in float32 "
            "(--keep-fp32), or choose another number format",
            "fp16": "keep more nodes in float32 (--keep-fp32), or choose another number format",
        }.get(precision, "the graph is not the one that the goldens were made with")
        raise ParityError(
            f"the {precision} graph does not answer as PyTorch does, so nothing was built:\n  "
            + "\n  ".join(lines)
            + f"\nWhat to do: {advice}"
        )
