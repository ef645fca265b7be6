"""Choose how sure a bundle's cascade network must be, and give the bundle a recipe `cascade`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from forensics_rt import Bundle, Detector
from forensics_rt.backends.number_formats import PRECISIONS
from forensics_rt.bundle.copying import copy_with_recipe, refuse_taken
from forensics_rt.bundle.recipes import find_recipe
from forensics_rt.errors import RecipeError
from train.config import SynthConfig, read_config
from train.evaluation.cascade import (
    LIMITS,
    CascadeImage,
    Effect,
    cascade_recipe,
    choose,
    effects,
    run_image,
)
from train.evaluation.cases import SyntheticSet
from train.synth.sources import open_sources

_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("--bundle", type=Path, required=True, help="built with --cascade")
    add("--config", type=Path, required=True, help="TOML with [sources], [page]")
    add("--count", type=int, default=300, help="held-out pages")
    add("--seed", type=int, default=80_000)
    add("--recipe", default="max", help="what the members do with tiles that it does not settle")
    add("--backend", default="auto")
    add("--precision", choices=PRECISIONS, default="auto", help="number format of the arithmetic")
    add("--most-loss", type=float, default=0.01, help="most IoU that may be lost")
    add("--most-lost", type=float, default=0.02, help="largest share of hit regions to be lost")
    add("--into", type=Path, required=True, help="folder for a copy of the bundle")


def run(options: argparse.Namespace) -> int:
    """Run the pages, print what each limit does, write the bundle."""
    refuse_taken(options.into)
    bundle = Bundle.open(options.bundle)
    if bundle.manifest.cascade is None:
        raise RecipeError(f"{options.bundle}: has no cascade network; build it with --cascade")
    config = read_config(options.config, SynthConfig)
    sources = open_sources(config.sources, held_out=True)
    pages = SyntheticSet("pages", sources, config.page, options.seed, options.count)
    recipe = find_recipe(options.recipe, bundle.manifest.recipes)
    cascade_recipe(recipe, LIMITS[0])  # refuses now what it would refuse after all pages
    with Detector(bundle, options.backend, recipe, precision=options.precision) as detector:
        found = effects(run_pages(detector, pages))
    chosen = choose(found, options.most_loss, options.most_lost)
    Console().print(_table(found, chosen))
    if chosen is None:
        sys.stderr.write(
            f"no limit keeps the loss of IoU within {options.most_loss} and that of regions "
            f"within {options.most_lost:.0%}: the cascade network misses what "
            "the members find; train it longer, from them as teachers\n"
        )
        return 1
    copy_with_recipe(bundle, cascade_recipe(recipe, chosen.exit_threshold), options.into)
    sys.stdout.write(f"recipe cascade, exit threshold {chosen.exit_threshold}: {options.into}\n")
    return 0


def run_pages(detector: Detector, pages: SyntheticSet) -> list[CascadeImage]:
    """Run every page once, and judge it under every limit."""
    found = []
    for index in range(len(pages)):
        page = pages.load(index)
        height, width = page.mask.shape
        found.append(
            run_image(
                detector.backend,
                detector.recipe,
                detector.weights,
                len(detector.bundle.manifest.members),
                detector.setup.plan(height, width),
                detector.conclusions.decision,
                page.image,
                page.mask,
            )
        )
        if (index + 1) % 50 == 0:
            _log.info("%d of %d pages", index + 1, len(pages))
    return found


def _table(found: list[Effect], chosen: Effect | None) -> Table:
    table = Table(
        "exit threshold",
        "tiles spared",
        "IoU lost",
        "at worst",
        "regions lost",
        "",
        box=SIMPLE_HEAD,
    )
    for effect in found:
        table.add_row(
            f"{effect.exit_threshold:g}",
            f"{effect.settled:.1%}",
            f"{effect.iou_loss:+.4f}",
            f"{effect.worst_loss:+.4f}",
            f"{effect.regions_lost:.1%}",
            "chosen" if effect is chosen else "",
        )
    return table
