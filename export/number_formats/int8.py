"""Graphs in int8 beside those of a bundle: for CPUs that multiply whole numbers faster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from export.coefficients import limit_of, refuse_coefficients
from export.errors import ExportError
from export.number_formats.calibration import read_images
from export.number_formats.formats import INT8_LIMITS
from export.number_formats.int8_network import Int8Request, network_in_int8
from export.number_formats.layer_table import searches_as_json
from export.number_formats.pages import divided
from export.number_formats.search import LayerSearch
from export.pack import copied
from export.parity.gate import check_rows
from export.parity.judges import INT8_ENGINE, INT8_GRAPH
from export.parity.rows import ParityRow
from export.parity.watch import Watch
from forensics_rt.bundle.copying import write_manifest
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import Manifest, MemberRecord
from forensics_rt.bundle.opening import Bundle
from forensics_rt.io.writers import write_atomically

STEPS = 5
"""Steps of progress for each network."""
_ADVICE = (
    "calibrate on more images like those in use, raise --flipped-share, --mean-difference or "
    "--iou-loss if the use allows it, or do without int8"
)


@dataclass(frozen=True)
class Int8Graphs:
    """What came of it.

    Attributes:
        networks: Records of all networks of the bundle, with their graphs in int8.
        rows: How far these answer from PyTorch in float32.
        built_with: What the manifest keeps of how they were made.
    """

    networks: tuple[MemberRecord, ...]
    rows: tuple[ParityRow, ...]
    built_with: Mapping[str, str]

    @property
    def passed(self) -> bool:
        """Whether the graphs may be in the bundle."""
        return not any(row.breaches for row in self.rows if row.record.engine == INT8_GRAPH)

    def added_to(self, manifest: Manifest) -> Manifest:
        """Return a manifest with the rows and, if they passed, the graphs."""
        kept = tuple(row for row in manifest.parity if row.engine not in (INT8_GRAPH, INT8_ENGINE))
        rows = (*kept, *(row.record for row in self.rows))
        changed: Manifest = manifest.model_copy(update={"parity": rows})
        if not self.passed:
            return changed
        built_with = manifest.built_with | dict(self.built_with)
        return changed.with_networks(self.networks).model_copy(update={"built_with": built_with})


def bundle_with_int8(
    bundle: Bundle,
    out: Path,
    images: Path,
    watch: Watch,
    *,
    force: bool = False,
    keep_fp32: tuple[str, ...] = (),
    limits: Limits | None = None,
    aim: Limits = INT8_LIMITS,
    report: Path | None = None,
    checkpoints: Sequence[Path] = (),
) -> Path:
    """Write a bundle with the same graphs, and beside each the same network in int8.

    The runtime takes these graphs where the processor has instructions for them (VNNI). Networks,
    calibration, engines and all else stay what they are.

    Args:
        bundle: Whose networks.
        out: Folder to write; with `force` it may be the bundle's own.
        images: Folder of images like those in use, in which the networks find something.
        watch: Is called with the progress.
        force: Replace a bundle that is there.
        keep_fp32: Nodes that stay in float32 in any case: `op:TYPE`, `name:GLOB`.
        limits: Of the parity gate; `None` for the bundle's.
        aim: Limits that the search for layers aims at; the gate does not hold to them.
        report: File for the effects of all layers, as JSON; `None` for none.
        checkpoints: Of `python -m train fit-int8`, one for each member, in order; or none.

    Raises:
        CheckpointError: If a checkpoint cannot be read.
        ExportError: If something is in the way, there are no images, the networks find nothing in
            them, the bundle holds no goldens, or a network cannot be quantized.
        ParityError: If a graph does not answer as PyTorch does in float32.
    """
    limits = limits or bundle.manifest.limits
    manifest = bundle.manifest.model_copy(update={"limits": limits})
    request = Int8Request(
        read_images(images, manifest.tile_sizes),
        limits,
        aim,
        keep_fp32,
        report,
        by_member([member.name for member in manifest.members], checkpoints),
    )
    watch.steps(STEPS * len(manifest.networks))
    with copied(bundle, manifest, out, force) as folder:
        made = int8_graphs(Bundle(folder, manifest, ""), request, watch)
        for row in made.rows:
            watch.row(row)
        check_rows(made.rows, "the int8 graph", _ADVICE)
        write_manifest(folder, made.added_to(manifest))
    return out


def by_member(members: Sequence[str], checkpoints: Sequence[Path]) -> dict[str, Path]:
    """Return the checkpoint of each member by its name; empty where there is none.

    Raises:
        ExportError: If there are some, but not one for each.
    """
    if checkpoints and len(checkpoints) != len(members):
        raise ExportError(
            f"--int8-checkpoint must be given once for each member, {len(members)} times, but was "
            f"given {len(checkpoints)} times"
        )
    return dict(zip(members, checkpoints, strict=False))


def int8_graphs(staged: Bundle, request: Int8Request, watch: Watch) -> Int8Graphs:
    """Write the networks of a bundle in int8 beside their graphs, behind the parity gate.

    Which layers stay in float32 is found by measuring (`export.number_formats.search`). Whether the
    graphs pass is decided node by node in PyTorch, alike on every processor: on the goldens, and on
    those images that gave no ranges. Where this processor has the instructions, the engine that
    will use them is measured, too.

    Args:
        staged: The bundle, in the folder that is being written.
        request: What is asked for.
        watch: Is called with the progress.

    Raises:
        CheckpointError: If a checkpoint cannot be read.
        ExportError: If a network cannot be quantized, has no goldens, or finds nothing.
    """
    refuse_coefficients(limit_of(staged.manifest.contract), "int8")
    images = divided(request.images, staged.manifest.tile_sizes)
    networks, rows = list[MemberRecord](), list[ParityRow]()
    searches, built_with = dict[str, LayerSearch](), dict[str, str]()
    for network in staged.manifest.networks:
        made = network_in_int8(staged, network, images, request, watch)
        searches[network.name] = made.search
        rows += made.rows
        networks.append(made.record)
        built_with |= made.built_with
        if any(row.breaches and row.required for row in made.rows):
            break
    if request.report is not None:
        write_atomically(request.report, searches_as_json(searches))
    if any(row.breaches and row.required for row in rows):
        for record in networks:
            if record.int8 is not None:
                (staged.path / record.int8.path).unlink()
    return Int8Graphs(tuple(networks), tuple(rows), built_with)
