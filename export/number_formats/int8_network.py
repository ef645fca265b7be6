"""One network of a bundle in int8: quantized, searched, written and measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import onnx

from export.errors import ExportError
from export.number_formats.formats import INT8_LIMITS
from export.number_formats.gate import measure_typed
from export.number_formats.int8_source import int8_source
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
from export.number_formats.rounding_nodes import in_float32
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
        checkpoints: Of `python -m train fit-int8`, by the names of the networks; a network that has
            none is quantized as it is.
    """

    images: Sequence[Pixels]
    limits: Limits
    aim: Limits = INT8_LIMITS
    keep_fp32: tuple[str, ...] = ()
    report: Path | None = None
    checkpoints: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Int8Network:
    """One network in int8.

    Attributes:
        record: Of the network, with its graph in int8.
        rows: How far that answers from PyTorch in float32.
        search: For the layers that stay in float32.
        built_with: What the manifest keeps of how it was made.
    """

    record: MemberRecord
    rows: list[ParityRow]
    search: LayerSearch
    built_with: Mapping[str, str]


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
    checkpoint = request.checkpoints.get(network.name)
    source = int8_source(staged, network, request.keep_fp32, checkpoint)
    exact = SwitchedGraph(source.exact, source.exact)
    side, threshold = side_of_parts(manifest.tile_sizes), manifest.decision_threshold

    def found_on(pages: Sequence[Pixels]) -> list[Part]:
        return parts_with_something(pages, side, exact.float32, threshold)

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
    quantized = source.quantized(ranges)
    switched = SwitchedGraph(source.whole, quantized)
    watch.step(f"{network.name}: measuring each layer in int8")
    original = None if source.trained is None else exact
    search = search_layers(
        switched, tiles_to_measure(parts), threshold, request.aim, original=original
    )
    watch.table(layer_table(network.name, search))
    onnx.save(in_float32(quantized, source.whole, search.kept), path)
    record = network.model_copy(update={"int8": record_of(staged.path, path)})
    tiles = tiles_to_judge(images.judged, parts, manifest.tile_sizes)
    probes = _joined(goldens, tiles, exact)
    watch.step(f"{network.name}: {INT8_GRAPH} answers")
    rows = measure_typed(path, staged, network, "int8", manifest.limits, probes)
    rows += _on_the_engine(staged, record, probes, watch)
    held = [_held_to(row, request.limits) for row in rows]
    built_with = {
        f"int8 {network.name} in float32": f"{search.share:.1%}",
        f"int8 {network.name} tiles": ranges.sha256,
    }
    if source.trained is not None:
        built_with[f"int8 {network.name} checkpoint"] = source.trained.sha256
    return Int8Network(record, held, search, built_with)


def _place_of(staged: Bundle, network: MemberRecord) -> Path:
    plain = staged.path / network.graph.path
    path = plain.with_stem(f"{plain.stem}-int8")
    if path.exists() and network.int8 is None:
        raise ExportError(f"{path.name}: is the graph of another network; rename that one")
    return path


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
