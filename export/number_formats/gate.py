"""The parity gate of typed graphs: they answer the bundle's goldens, or nothing is built of them.

The engine that is built from such a graph cannot be asked where there is no GPU, so the graph is,
on a CPU backend of the runtime, under the rules of every bundle (`export.parity`). One of float16
also has to stay in its range (`export.number_formats.float16_range`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from export.errors import ExportError
from export.number_formats.float16_range import check_range
from export.number_formats.formats import NumberFormat
from export.parity.gate import check_rows
from export.parity.judges import judge_of_typed_graph
from export.parity.measure import Probes, measure, of_one_network
from export.parity.rows import ParityRow
from forensics_rt.backends.torch_graph import TorchGraph
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import MemberRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import BackendUnavailable

_log = logging.getLogger(__name__)
# ONNX Runtime's CPU has no bfloat16 convolutions.
GATED: frozenset[NumberFormat] = frozenset({"fp32", "fp16", "int8"})
_ADVICE = {
    "int8": "calibrate on more images like those in use, keep more nodes in float32 "
    "(--keep-fp32), or choose another number format",
    "fp16": "keep more nodes in float32 (--keep-fp32), or choose another number format",
    "fp32": "the graph is not the one that the goldens were made with",
}


def pass_gate(
    graph: Path, bundle: Bundle, member: MemberRecord, number_format: NumberFormat, limits: Limits
) -> list[ParityRow]:
    """Measure a typed graph on its member's goldens; empty where nothing can measure it.

    Args:
        graph: The typed graph's file.
        bundle: Whose goldens.
        member: The member.
        number_format: Of the graph.
        limits: What is allowed.

    Raises:
        ParityError: If a row lies beyond the limits, saying by how much, or if a float16 graph
            does not stay near the bundle's on tiles of extreme contrast.
        ExportError: If int8 is asked for and there are no goldens to judge it by.
    """
    if number_format == "fp16":
        check_typed_range(graph, bundle, member, limits)
    if number_format == "int8" and not member.goldens:
        raise ExportError(
            f"{member.name}: int8 is published only behind the parity gate, and the bundle holds "
            "no goldens for it; build the bundle from its checkpoints again"
        )
    if number_format not in GATED or not member.goldens:
        why = f"no CPU engine computes {number_format}"
        if not member.goldens:
            why = "the bundle holds no goldens"
        _log.warning("%s: not measured against PyTorch, %s", member.name, why)
        return []
    rows = measure_typed(graph, bundle, member, number_format, limits)
    check_rows(rows, f"the {number_format} graph", _ADVICE[number_format])
    return rows


def measure_typed(
    graph: Path,
    bundle: Bundle,
    member: MemberRecord,
    number_format: NumberFormat,
    limits: Limits,
    probes: Probes | None = None,
) -> list[ParityRow]:
    """Measure a typed graph, a row for each tile size; see `export.parity.measure.measure`.

    Args:
        graph: The typed graph's file.
        bundle: Whose goldens.
        member: The member.
        number_format: Of the graph.
        limits: What is allowed.
        probes: Tiles and answers by tile size; `None` for the goldens alone.
    """
    alone = of_one_network(bundle, member, limits)
    typed = _TypedBundle(alone.path, alone.manifest, alone.id, data=graph.read_bytes())
    return measure(judge_of_typed_graph(number_format), typed, probes)


def check_typed_range(graph: Path, bundle: Bundle, member: MemberRecord, limits: Limits) -> None:
    """Hold a float16 graph to the bundle's own on tiles of extreme contrast.

    Raises:
        ParityError: If it does not stay near.
    """
    try:
        typed, source = (
            TorchGraph(data, "cpu") for data in (graph.read_bytes(), bundle.graph(member))
        )
    except BackendUnavailable as error:
        _log.warning("%s: not asked for tiles of extreme contrast, %s", member.name, error)
        return
    advice = "Keep more nodes in float32 (--keep-fp32), or choose another number format"
    check_range(member.name, typed, source, limits, advice)


@dataclass(frozen=True)
class _TypedBundle(Bundle):
    """A bundle of one network whose graph is not the one in its folder."""

    data: bytes = b""

    def graph(self, member: MemberRecord, int8: bool = False) -> bytes:
        """Return the typed graph."""
        return self.data
