"""Graphs in int8 into a bundle that is there: for CPUs that multiply whole numbers faster."""

from __future__ import annotations

from pathlib import Path

import onnx

from export.engines import openvino_on_int8
from export.pack import copied, record_of
from export.parity import ParityRow
from export.request import Tolerance
from export.tensorrt.calibration import calibration_set
from export.tensorrt.gate import pass_gate
from export.tensorrt.typed import typed_model
from export.watch import Watch
from forensics_rt.bundle.copying import write_manifest
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import ExportError


def bundle_with_int8(
    bundle: Bundle,
    out: Path,
    images: Path,
    watch: Watch,
    *,
    force: bool = False,
    keep_fp32: tuple[str, ...] = (),
    tolerance: Tolerance | None = None,
) -> Path:
    """Write a bundle with the same graphs, and beside each the same network in int8.

    All but the outer convolutions are quantized, at ranges measured on images of yours. The
    runtime takes these graphs where the processor has instructions for them (VNNI). Networks,
    calibration, engines and all else stay what they are.

    Args:
        bundle: Whose networks.
        out: Folder to write; with `force` it may be the bundle's own.
        images: Folder of images like those in use; the middle of each is taken at each tile size.
        watch: Is told how it goes on.
        force: Replace a bundle that is there.
        keep_fp32: Nodes that stay in float32 besides those that always do: `op:TYPE`, `name:GLOB`.
        tolerance: Of the parity gate; `None` for the usual one.

    Raises:
        ExportError: If something is in the way, there are no images, the bundle holds no goldens,
            or a network cannot be quantized.
        ParityError: If a graph does not answer as PyTorch does in float32.
    """
    manifest = bundle.manifest
    watch.steps(len(manifest.networks))
    judge = openvino_on_int8()
    records, rows = [], list[ParityRow]()
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
            measured = pass_gate(
                path, bundle, network, "int8", tolerance or Tolerance(), judge=judge
            )
            for row in measured:
                watch.row(row)
            rows += measured
            records.append(network.model_copy(update={"int8": record_of(folder, path)}))
        kept_rows = tuple(row for row in manifest.parity if row.engine != judge.name)
        changed = {
            "parity": (*kept_rows, *(row.record for row in rows)),
            "built_with": manifest.built_with | {"int8 tiles": calibration.sha256},
        }
        write_manifest(folder, manifest.with_networks(records).model_copy(update=changed))
    return out
