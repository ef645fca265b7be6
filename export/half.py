"""A bundle that computes in float16, from one that is there: for GPUs without TensorRT."""

from __future__ import annotations

from pathlib import Path

import onnx

from export.engines import openvino_on_int8
from export.pack import copied, record_of
from export.request import Tolerance
from export.tensorrt.gate import pass_gate
from export.tensorrt.typed import typed_model
from export.watch import Watch
from forensics_rt.bundle.copying import write_manifest
from forensics_rt.bundle.manifest import Manifest
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import ExportError


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
        watch: Is called with the progress.
        force: Replace a bundle that is there.
        keep_fp32: Nodes that stay in float32 besides those that always do: `op:TYPE`, `name:GLOB`.
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
            typed, _ = typed_model(bundle, network, "fp16", keep_fp32)
            onnx.save(typed, path)
            for row in pass_gate(path, bundle, network, "fp16", tolerance or Tolerance()):
                watch.row(row)
                rows.append(row)
            changed = {"precision": "fp16", "graph": record_of(folder, path)}
            records.append(network.model_copy(update=changed))
        name = openvino_on_int8().name
        of_int8 = [row for row in plain.parity if row.engine == name]
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
