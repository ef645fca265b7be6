"""`forensics-rt bundle`: bundles of bundles, recipes in bundles, other number formats."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from forensics_rt.bundle.copying import copy_with_manifest
from forensics_rt.bundle.merging import merge_bundles
from forensics_rt.bundle.opening import Bundle, bundle_folder
from forensics_rt.bundle.recipes import read_recipe
from forensics_rt.cli.plain_help import FLAG, PlainCommand, PlainGroup
from forensics_rt.errors import OptionalDependency
from forensics_rt.results.policy import fit_recipe

bundle = typer.Typer(
    name="bundle",
    help="Merge bundles, pack recipes into one, or add number formats.",
    no_args_is_help=True,
    add_completion=False,
    cls=PlainGroup,
)
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write.")]
OneArgument = Annotated[str, typer.Argument(metavar="BUNDLE", help="A folder, fast, or default.")]


@bundle.command("merge", cls=PlainCommand)
def merge(
    bundles: Annotated[list[str], typer.Argument(metavar="BUNDLE...", help="Two or more.")],
    out: OutOption,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Name of the bundle (default: the folder's)."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", metavar="P", help="Pixel threshold, if the bundles differ."),
    ] = None,
    weight: Annotated[
        list[float] | None,
        typer.Option("--weight", metavar="W", help="Factor for each bundle, in order."),
    ] = None,
) -> None:
    """Merge bundles into one, in which the members of all vote.

    Calibrations and prebuilt engines are not copied: they are for other networks.
    """
    opened = [Bundle.open(one) for one in bundles]
    merged = merge_bundles(opened, out, name=name, threshold=threshold, weights=weight)
    left = [str(one.path) for one in opened if one.manifest.calibration or one.manifest.engines]
    if left:
        typer.echo(
            f"calibration and prebuilt engines of {', '.join(left)} stay behind; calibrate {out}",
            err=True,
        )
    typer.echo(f"built: {merged.path}")


@bundle.command("pack", cls=PlainCommand)
def pack(
    bundle: OneArgument,
    recipe: Annotated[
        list[Path],
        typer.Option("--recipe", metavar="FILE", help="TOML file of a recipe; repeatable."),
    ],
    out: OutOption,
) -> None:
    """Copy a bundle, with recipes in it that have a name from then on."""
    opened = Bundle.open(bundle)
    recipes = dict(opened.manifest.recipes)
    for file in recipe:
        one = read_recipe(file)
        fit_recipe(one, opened.manifest)  # refused now, and not where the bundle is run
        recipes[one.name] = one
    manifest = opened.manifest.model_copy(update={"recipes": recipes})
    typer.echo(f"built: {copy_with_manifest(opened, manifest, out).path}")


@bundle.command("convert", cls=PlainCommand)
def convert(
    bundle: OneArgument,
    precision: Annotated[
        str, typer.Option("--precision", metavar="NAME", help="fp16, or int8 beside the graphs.")
    ],
    out: OutOption,
    calibration_images: Annotated[
        Path | None,
        typer.Option(
            "--calibration-images", metavar="DIR", help="Images like those in use, for int8."
        ),
    ] = None,
    keep_fp32: Annotated[
        list[str] | None,
        typer.Option("--keep-fp32", metavar="NODE", help="op:TYPE or name:GLOB; repeatable."),
    ] = None,
    flipped_share: Annotated[
        float | None,
        typer.Option("--flipped-share", metavar="S", help="Decisions that may differ, 0 to 1."),
    ] = None,
    mean_difference: Annotated[
        float | None,
        typer.Option("--mean-difference", metavar="P", help="Mean difference that may be."),
    ] = None,
    iou_loss: Annotated[
        float | None,
        typer.Option("--iou-loss", metavar="S", help="1 − IoU of the masks that may be."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", metavar=FLAG, help="Replace a bundle that is there.")
    ] = False,
) -> None:
    """Write a bundle with another number format, behind the parity gate.

    This is `python -m export.build_engines --bundle`. It needs the extra `export`.
    """
    if find_spec("export") is None or find_spec("onnx") is None:
        raise OptionalDependency(
            "converting needs the package of the export; run `pip install 'forensics_rt[export]'`"
        )
    words = ["--bundle", str(bundle_folder(bundle)), "--precision", precision, "--out", str(out)]
    if calibration_images is not None:
        words += ["--calibration-images", str(calibration_images)]
    for node in keep_fp32 or ():
        words += ["--keep-fp32", node]
    limits = {
        "--flipped-share": flipped_share,
        "--mean-difference": mean_difference,
        "--iou-loss": iou_loss,
    }
    for option, limit in limits.items():
        if limit is not None:
            words += [option, str(limit)]
    if force:
        words.append("--force")
    # The runtime never imports what builds.
    command = [sys.executable, "-m", "export.build_engines", *words]
    raise typer.Exit(subprocess.run(command, check=False).returncode)
