"""A bundle that computes in float16, from one that is there: for GPUs without TensorRT."""

from __future__ import annotations

from pathlib import Path

import onnx

from export.errors import ExportError
from export.number_formats.gate import check_typed_range
from export.number_formats.typed import typed_model
from export.pack import copied, record_of
from export.parity.gate import check_rows
from export.parity.judges import INT8_ENGINE, INT8_GRAPH, judges_of
from export.parity.measure import measure_all, of_one_network
from export.parity.rows import ParityRow
from export.parity.watch import Watch
from forensics_rt.bundle.copying import write_manifest
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import Manifest, MemberRecord
from forensics_rt.bundle.opening import Bundle

_ADVICE = "keep more nodes in float32 (--keep-fp32), or choose another number format"


def bundle_in_half(
    bundle: Bundle,
    out: Path,
    watch: Watch,
    *,
    force: bool = False,
    keep_fp32: tuple[str, ...] = (),
    limits: Limits | None = None,
) -> Path:
    """Write a bundle with the same networks in float16, behind the parity gate.

    Goldens, recipes, model card, calibration and graphs in int8 come along: within the gate's
    bounds little of what is decided changes. Prebuilt engines stay behind: they have a format of
    their own.

    Args:
        bundle: Whose networks; its graphs are in float32.
        out: Folder to write; with `force` it may be the bundle's own.
        watch: Is called with the progress.
        force: Replace a bundle that is there.
        keep_fp32: Nodes that stay in float32 besides those that always do: `op:TYPE`, `name:GLOB`.
        limits: Of the parity gate; `None` for the bundle's.

    Raises:
        ExportError: If something is in the way, the bundle holds no goldens, or a network cannot be
            cast.
        ParityError: If a network does not answer as PyTorch does in float32.
    """
    networks = bundle.manifest.networks
    if any(network.precision == "fp16" for network in networks):
        raise ExportError(f"{bundle.path}: is in float16 already")
    if missing := [network.name for network in networks if not network.goldens]:
        raise ExportError(
            f"{bundle.path}: holds no goldens to measure float16 by for {', '.join(missing)}; "
            "build the bundle from its checkpoints again"
        )
    limits = limits or bundle.manifest.limits
    plain = bundle.manifest.model_copy(update={"engines": (), "limits": limits})
    records, rows = list[MemberRecord](), list[ParityRow]()
    with copied(bundle, plain, out, force) as folder:
        for network in networks:
            watch.step(f"{network.name}: casting the graph to float16")
            path = folder / network.graph.path
            typed, _ = typed_model(bundle, network, "fp16", keep_fp32)
            onnx.save(typed, path)
            check_typed_range(path, bundle, network, limits)
            changed = {"precision": "fp16", "graph": record_of(folder, path)}
            records.append(network.model_copy(update=changed))
            staged = Bundle(folder, plain, bundle.id)
            alone = of_one_network(staged, records[-1], limits)
            judges = judges_of(alone)
            watch.steps(len(networks) * (1 + len(judges)))
            rows += measure_all(judges, alone, watch)
        check_rows(rows, "the fp16 graph", _ADVICE)
        engines = {row.record.engine for row in rows}
        of_int8 = [
            row
            for row in plain.parity
            if row.engine in (INT8_GRAPH, INT8_ENGINE) and row.engine not in engines
        ]
        changed = {
            "parity": (*of_int8, *(row.record for row in rows)),
            "built_with": plain.built_with | {"float16 of bundle": bundle.id},
        }
        half = plain.with_networks(records).model_copy(update=changed)
        write_manifest(folder, _calibrated_alike(half))
    return out


def _calibrated_alike(half: Manifest) -> Manifest:
    """Have the calibration say that it is for these networks, and was fitted in float32."""
    if half.calibration is None:
        return half
    on = half.calibration.fitted_on
    words = f"{on.description}; with the same networks in float32"
    here = on.model_copy(update={"networks": half.networks_id, "description": words})
    calibration = half.calibration.model_copy(update={"fitted_on": here})
    changed: Manifest = half.model_copy(update={"calibration": calibration})
    return changed
