"""Graphs in int8 into a bundle that is there: for CPUs that multiply whole numbers faster."""

from __future__ import annotations

from pathlib import Path

import onnx

from export.errors import ExportError
from export.number_formats.calibration import calibration_set
from export.number_formats.gate import pass_gate
from export.number_formats.typed import typed_model
from export.pack import copied, record_of
from export.parity.gate import check_rows
from export.parity.judges import INT8_ENGINE, INT8_GRAPH, optional_judges
from export.parity.measure import measure_all, of_one_network
from export.parity.rows import ParityRow
from export.parity.watch import Watch
from forensics_rt.bundle.copying import write_manifest
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import MemberRecord
from forensics_rt.bundle.opening import Bundle


def bundle_with_int8(
    bundle: Bundle,
    out: Path,
    images: Path,
    watch: Watch,
    *,
    force: bool = False,
    keep_fp32: tuple[str, ...] = (),
    limits: Limits | None = None,
) -> Path:
    """Write a bundle with the same graphs, and beside each the same network in int8.

    All but the outer convolutions are quantized, at ranges measured on images of yours. The
    runtime takes these graphs where the processor has instructions for them (VNNI). Networks,
    calibration, engines and all else stay what they are.

    Whether the graphs are written is decided node by node in PyTorch, alike on every processor.
    Where this one has the instructions, the engine that will use them is measured, too.

    Args:
        bundle: Whose networks.
        out: Folder to write; with `force` it may be the bundle's own.
        images: Folder of images like those in use; the middle of each is taken at each tile size.
        watch: Is called with the progress.
        force: Replace a bundle that is there.
        keep_fp32: Nodes that stay in float32 besides those that always do: `op:TYPE`, `name:GLOB`.
        limits: Of the parity gate; `None` for the bundle's.

    Raises:
        ExportError: If something is in the way, there are no images, the bundle holds no goldens,
            or a network cannot be quantized.
        ParityError: If a graph does not answer as PyTorch does in float32.
    """
    limits = limits or bundle.manifest.limits
    manifest = bundle.manifest.model_copy(update={"limits": limits})
    watch.steps(2 * len(manifest.networks))
    records, rows = list[MemberRecord](), list[ParityRow]()
    with copied(bundle, manifest, out, force) as folder:
        calibration = calibration_set(images, manifest.tile_sizes)
        for network in manifest.networks:
            watch.step(f"{network.name}: quantizing on {len(calibration.tiles)} tiles")
            plain = folder / network.graph.path
            path = plain.with_stem(f"{plain.stem}-int8")
            if path.exists() and network.int8 is None:
                raise ExportError(f"{path.name}: is the graph of another network; rename that one")
            typed, _ = typed_model(bundle, network, "int8", keep_fp32, calibration, symmetric=False)
            onnx.save(typed, path)
            watch.step(f"{network.name}: {INT8_GRAPH} answers the goldens")
            judged = pass_gate(path, bundle, network, "int8", limits)
            for row in judged:
                watch.row(row)
            records.append(network.model_copy(update={"int8": record_of(folder, path)}))
            rows += [*judged, *_on_the_engine(Bundle(folder, manifest, ""), records[-1], watch)]
        check_rows(rows, "the int8 graph", "")
        kept = tuple(row for row in manifest.parity if row.engine not in (INT8_GRAPH, INT8_ENGINE))
        changed = {
            "parity": (*kept, *(row.record for row in rows)),
            "built_with": manifest.built_with | {"int8 tiles": calibration.sha256},
        }
        write_manifest(folder, manifest.with_networks(records).model_copy(update=changed))
    return out


def _on_the_engine(staged: Bundle, network: MemberRecord, watch: Watch) -> list[ParityRow]:
    alone = of_one_network(staged, network, staged.manifest.limits)
    judges = [judge for judge in optional_judges(alone) if judge.engine == INT8_ENGINE]
    return measure_all(judges, alone, watch)
