"""A bundle that computes in float16, from one that is there: for GPUs without TensorRT."""

from __future__ import annotations

from pathlib import Path

import onnx

from export.engines import openvino_on_int8
from export.pack import copied, record_of
from export.parity import ParityRow
from export.request import Tolerance
from export.tensorrt.cast import cast_graph
from export.tensorrt.ends import prepare
from export.tensorrt.gate import pass_gate
from export.tensorrt.keep import kept_nodes
from export.watch import Watch
from forensics_rt.bundle import Bundle
from forensics_rt.bundle_copy import write_manifest
from forensics_rt.errors import ExportError
from forensics_rt.manifest import Manifest, MemberRecord


def half_graph(
    bundle: Bundle, member: MemberRecord, keep_fp32: tuple[str, ...] = ()
) -> onnx.ModelProto:
    """Return a network's graph in float16, but for the nodes that float16 is too small for.

    Args:
        bundle: Whose network.
        member: The network.
        keep_fp32: Nodes that stay in float32 besides those that always do: `op:TYPE`, `name:GLOB`.

    Raises:
        ExportError: If a weight lies outside the range of float16, or a pattern is none.
    """
    prepared = prepare(onnx.load_from_string(bundle.graph(member)))
    return cast_graph(prepared, "fp16", kept_nodes(prepared.graph, keep_fp32))


def bundle_in_half(
    bundle: Bundle,
    out: Path,
    watch: Watch,
    *,
    force: bool = False,
    keep_fp32: tuple[str, ...] = (),
    tolerance: Tolerance | None = None,
) -> Path:
    """Write a bundle with the same networks in float16, behind the parity gate.

    Goldens, recipes, model card, calibration and graphs in int8 come along: within the gate's
    bounds little of what is decided changes. Prebuilt engines stay behind: they have a format of
    their own.

    Args:
        bundle: Whose networks; its graphs are in float32.
        out: Folder to write; with `force` it may be the bundle's own.
        watch: Is told how it goes on.
        force: Replace a bundle that is there.
        keep_fp32: As for `half_graph`.
        tolerance: Of the parity gate; `None` for the usual one.

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
    watch.steps(len(networks))
    plain = bundle.manifest.model_copy(update={"engines": ()})
    records, rows = [], []
    with copied(bundle, plain, out, force) as folder:
        for network in networks:
            watch.step(f"{network.name}: casting the graph to float16")
            path = folder / network.graph.path
            onnx.save(half_graph(bundle, network, keep_fp32), path)
            for row in pass_gate(path, bundle, network, "fp16", tolerance or Tolerance()):
                watch.row(row)
                rows.append(row)
            changed = {"precision": "fp16", "graph": record_of(folder, path)}
            records.append(network.model_copy(update=changed))
        write_manifest(folder, _with_networks(plain, records, rows, bundle.id))
    return out


def _with_networks(
    manifest: Manifest, records: list[MemberRecord], rows: list[ParityRow], source: str
) -> Manifest:
    count = len(manifest.members)
    name = openvino_on_int8().name
    of_int8 = tuple(row for row in manifest.parity if row.engine == name)
    changed: Manifest = manifest.model_copy(
        update={
            "members": tuple(records[:count]),
            "screen": records[count] if manifest.screen is not None else None,
            "parity": (*of_int8, *(row.record for row in rows)),
            "built_with": manifest.built_with | {"float16 of bundle": source},
        }
    )
    if (fitted := changed.calibration) is None:
        return changed
    on = fitted.fitted_on
    here = on.model_copy(
        update={
            "networks": changed.networks_id,
            "description": f"{on.description}; with the same networks in float32",
        }
    )
    calibration = fitted.model_copy(update={"fitted_on": here})
    final: Manifest = changed.model_copy(update={"calibration": calibration})
    return final
