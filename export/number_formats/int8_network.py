"""One network of a bundle in int8: quantized, searched, written and measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx

from export.errors import ExportError
from export.graph.ends import prepare
from export.number_formats.calibration import CalibrationSet
from export.number_formats.cast import cast_graph
from export.number_formats.formats import INT8_LIMITS
from export.number_formats.gate import measure_typed
from export.number_formats.keep import computed_filters, kept_nodes
from export.number_formats.layer_table import layer_table
from export.number_formats.pages import (
    Int8Images,
    Part,
    parts_with_something,
    side_of_parts,
    tiles_for_ranges,
    tiles_to_judge,
    tiles_to_measure,
)
from export.number_formats.rounding_nodes import (
    in_float32,
    only_convolutions,
    signed_where_negative,
)
from export.number_formats.search import LayerSearch, search_layers
from export.number_formats.switched import SwitchedGraph
from export.pack import record_of
from export.parity.judges import INT8_ENGINE, INT8_GRAPH, optional_judges
from export.parity.measure import Probes, goldens_of, measure, of_one_network
from export.parity.probes import Pixels
from export.parity.rows import ParityRow
from export.parity.watch import Watch
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import MemberRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.parity import Difference

# How many of a network its layers are measured on, the smallest first.
_GOLDENS = 2


@dataclass(frozen=True)
class Int8Request:
    """What is asked for.

    Attributes:
        images: Each H×W×3 RGB uint8, like those in use.
        limits: That the graphs are held to beside the bundle's.
        aim: Limits that the search for layers aims at.
        keep_fp32: Nodes that stay in float32 in any case: `op:TYPE`, `name:GLOB`.
        report: File for the effects of all layers, as JSON; `None` for none.
    """

    images: Sequence[Pixels]
    limits: Limits
    aim: Limits = INT8_LIMITS
    keep_fp32: tuple[str, ...] = ()
    report: Path | None = None


@dataclass(frozen=True)
class Int8Network:
    """One network in int8.

    Attributes:
        record: Of the network, with its graph in int8.
        rows: How far that answers from PyTorch in float32.
        search: For the layers that stay in float32.
        ranges_sha256: Of the tiles that the ranges were measured on.
    """

    record: MemberRecord
    rows: list[ParityRow]
    search: LayerSearch
    ranges_sha256: str


def network_in_int8(
    staged: Bundle, network: MemberRecord, images: Int8Images, request: Int8Request, watch: Watch
) -> Int8Network:
    """Quantize a network, search its layers, write its graph, and measure how it answers.

    Args:
        staged: The bundle, in the folder that is being written.
        network: Of the bundle.
        images: For ranges and to judge by.
        request: What is asked for.
        watch: Is called with the progress.

    Raises:
        ExportError: If it cannot be quantized, has no goldens, or finds nothing.
    """
    manifest = staged.manifest
    if not network.goldens:
        raise ExportError(
            f"{network.name}: int8 is published only behind the parity gate, and the bundle holds "
            "no goldens for it; build the bundle from its checkpoints again"
        )
    path = _place_of(staged, network)
    whole, kept = _prepared(staged, network, request)
    side, threshold = side_of_parts(manifest.tile_sizes), manifest.decision_threshold

    def found_on(pages: Sequence[Pixels]) -> list[Part]:
        return parts_with_something(pages, side, SwitchedGraph(whole, whole).float32, threshold)

    watch.step(f"{network.name}: looking for something that it finds")
    goldens = goldens_of(of_one_network(staged, network, manifest.limits))
    # The gate asks the goldens, too: layers that they need are to be found.
    pages = (*images.judged, *(goldens[size][0][0] for size in sorted(goldens)[:_GOLDENS]))
    parts = found_on(pages)
    if not parts:
        raise ExportError(
            f"{network.name}: finds nothing on {len(pages)} images, so no decision could flip in "
            "int8; give --calibration-images pages with forgeries that it finds"
        )
    ranges = tiles_for_ranges(images.ranges, found_on(images.ranges), manifest.tile_sizes)
    watch.step(f"{network.name}: measuring ranges on {len(ranges.tiles)} tiles")
    quantized = _quantized(whole, kept, ranges)
    switched = SwitchedGraph(whole, quantized)
    watch.step(f"{network.name}: measuring each layer in int8")
    search = search_layers(switched, tiles_to_measure(parts), threshold, request.aim)
    watch.table(layer_table(network.name, search))
    onnx.save(in_float32(quantized, whole, search.kept), path)
    record = network.model_copy(update={"int8": record_of(staged.path, path)})
    tiles = tiles_to_judge(images.judged, parts, manifest.tile_sizes)
    probes = _joined(goldens, tiles, switched)
    watch.step(f"{network.name}: {INT8_GRAPH} answers")
    rows = measure_typed(path, staged, network, "int8", manifest.limits, probes)
    rows += _on_the_engine(staged, record, probes, watch)
    held = [_held_to(row, request.limits) for row in rows]
    return Int8Network(record, held, search, ranges.sha256)


def _place_of(staged: Bundle, network: MemberRecord) -> Path:
    plain = staged.path / network.graph.path
    path = plain.with_stem(f"{plain.stem}-int8")
    if path.exists() and network.int8 is None:
        raise ExportError(f"{path.name}: is the graph of another network; rename that one")
    return path


def _prepared(
    staged: Bundle, network: MemberRecord, request: Int8Request
) -> tuple[onnx.ModelProto, frozenset[str]]:
    """Return the graph in float32, and the nodes that stay so in any case."""
    prepared = prepare(onnx.load_from_string(staged.graph(network)))
    kept = kept_nodes(prepared.graph, request.keep_fp32) | computed_filters(prepared.graph)
    return cast_graph(prepared, "fp32"), kept


def _quantized(
    whole: onnx.ModelProto, kept: frozenset[str], ranges: CalibrationSet
) -> onnx.ModelProto:
    # Here, because ONNX Runtime's quantizer is slow to import.
    from export.number_formats.quantize import quantize_graph

    quantized = quantize_graph(whole, kept, ranges, symmetric=False)
    return signed_where_negative(only_convolutions(quantized))


def _joined(goldens: Probes, pages: Mapping[int, Pixels], network: SwitchedGraph) -> Probes:
    """Return the golden of each size and the tiles of pages, with the answers in float32."""
    joined = dict(goldens)
    for size, tiles in pages.items():
        answers = np.concatenate([network.float32(tile[None]) for tile in tiles])
        before = joined.get(size, (tiles[:0], answers[:0]))
        joined[size] = np.concatenate([before[0], tiles]), np.concatenate([before[1], answers])
    return joined


def _on_the_engine(
    staged: Bundle, network: MemberRecord, probes: Probes, watch: Watch
) -> list[ParityRow]:
    alone = of_one_network(staged, network, staged.manifest.limits)
    rows = []
    for judge in optional_judges(alone):
        if judge.engine == INT8_ENGINE:
            watch.step(f"{network.name}: {INT8_ENGINE} answers")
            rows += measure(judge, alone, probes)
    return rows


def _held_to(row: ParityRow, target: Limits) -> ParityRow:
    of = row.record
    found = Difference(of.max_difference, row.mean_difference, of.flipped_share, of.iou_loss)
    breaches = tuple(dict.fromkeys((*row.breaches, *target.breaches(found, float32=False))))
    record = of.model_copy(update={"passed": not breaches})
    return replace(row, record=record, limits=target, breaches=breaches)
