"""`forensics-rt inspect`: what a bundle is, from its manifest."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from forensics_rt.bundle.manifest import Manifest
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cli.options import BundleArgument
from forensics_rt.cli.output import output_console, print_json
from forensics_rt.cli.plain_help import FLAG
from forensics_rt.cli.sign import signed_in_words


def inspect(
    bundle: BundleArgument = None,
    as_json: Annotated[
        bool, typer.Option("--json", metavar=FLAG, help="Print the manifest as JSON.")
    ] = False,
) -> None:
    """Show what a bundle contains."""
    opened = Bundle.open(bundle)
    if as_json:
        print_json(opened.manifest.to_json())
        return
    manifest = opened.manifest
    console = output_console()
    for name, value in _facts(opened):
        console.print(Text.assemble((f"{name:<13}", "bold"), value))
    console.print(_members(manifest))
    if manifest.parity:
        console.print(_parity(manifest))


def _facts(bundle: Bundle) -> list[tuple[str, str]]:
    manifest = bundle.manifest
    batch = manifest.contract.batch
    return [
        ("bundle", f"{manifest.name} {manifest.version}, id {bundle.id}, every hash agrees"),
        ("folder", str(bundle.path)),
        ("signature", signed_in_words(bundle)),
        ("encryption", _encryption(manifest)),
        ("license", manifest.license),
        ("model card", manifest.model_card.path if manifest.model_card else "none"),
        ("tiles", ", ".join(map(str, manifest.tile_sizes))),
        ("inputs", _inputs(manifest)),
        ("batch", f"{batch.min} to {batch.max}, best {batch.opt}"),
        ("thresholds", ", ".join(f"{k} {v:g}" for k, v in manifest.thresholds.items())),
        ("calibration", _calibration(manifest)),
        ("recipes", ", ".join(manifest.recipes) or "the presets"),
        ("engines", ", ".join(e.file.path for e in manifest.engines) or "none prebuilt"),
        ("created", manifest.created),
        ("built with", ", ".join(f"{k} {v}" for k, v in manifest.built_with.items())),
    ]


def _inputs(manifest: Manifest) -> str:
    taken = manifest.contract.coefficients
    return "pixels" if taken is None else f"pixels, coefficients of JPEG clipped to ±{taken.limit}"


def _encryption(manifest: Manifest) -> str:
    record = manifest.encryption
    return "none" if record is None else f"{record.cipher}, key {record.key_id}"


def _calibration(manifest: Manifest) -> str:
    record = manifest.calibration
    if record is None:
        return "none: scores are raw, not probabilities"
    seen = record.fitted_on
    facts = [
        f"decision {record.pixel.decision}",
        f"on {seen.images} images ({seen.authentic} authentic), recipe {seen.recipe.name}",
    ]
    if record.image is None:
        return "; ".join([*facts, f"scores uncalibrated: {record.image_reason}"])
    points = [point.name for point in record.image.operating_points if point.reason is None]
    return "; ".join(
        [
            *facts,
            f"{record.image.calibrator.kind}, ECE {record.image.ece:.3f}",
            f"operating points: {', '.join(points) or 'none supported'}",
        ]
    )


def _members(manifest: Manifest) -> Table:
    table = Table("member", "architecture", "parameters", "precision", "weight", "graph", "MB")
    for member in manifest.networks:
        table.add_row(
            escape(member.name),
            escape(member.architecture),
            f"{member.parameters / 1e6:.1f} M",
            member.precision,
            "cascade" if member is manifest.cascade else f"{member.weight:g}",
            escape(member.graph.path),
            f"{member.graph.bytes / 1e6:.1f}",
        )
    return table


def _parity(manifest: Manifest) -> Table:
    table = Table("parity of", "engine", "tile", "probes", "max |Δp|", "flipped", "1 − IoU", "gate")
    for row in manifest.parity:
        table.add_row(
            escape(row.member),
            row.engine,
            str(row.tile),
            str(row.probes),
            f"{row.max_difference:.1e}",
            f"{row.flipped_share:.3%}",
            f"{row.iou_loss:.3%}",
            "passed" if row.passed else "failed, unused",
        )
    return table
