"""What `evaluate` and `robustness` have in common on the command line."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forensics_rt.backends.number_formats import PRECISIONS
from forensics_rt.io.pairs import find_pairs, read_pairs
from train.config import SynthConfig, read_config
from train.evaluation.cases import EditedScanSet, ImageSet, LabeledSet, ScanSet, SyntheticSet
from train.evaluation.decision import DecisionRule
from train.evaluation.predictors import Respondent, bundle_respondent, checkpoint_respondent
from train.evaluation.tuning import tune
from train.synth.collections import DOMAINS
from train.synth.sources import open_sources

SYNTHETIC, SCANS, EDITED_SCANS = "synthetic", "authentic_scans", "edited_scans"
# Options that say how a bundle runs, and their defaults.
_OF_BUNDLES = {"recipe": "balanced", "backend": "auto", "calibration": None, "precision": "auto"}


def add_shared_arguments(parser: argparse.ArgumentParser, after_life: float) -> None:
    """Declare what answers and what is asked.

    Args:
        parser: Where to.
        after_life: Default strength of the after-life of synthetic pages.
    """
    answers = parser.add_argument_group("what answers")
    one = answers.add_mutually_exclusive_group()
    one.add_argument("--bundle", help="folder, or default or fast, in the package")
    one.add_argument("--checkpoint", type=Path, help="training checkpoint, run by PyTorch")
    answers.add_argument("--recipe", default=_OF_BUNDLES["recipe"], help="how the bundle is run")
    answers.add_argument("--backend", default=_OF_BUNDLES["backend"], help="what runs the bundle")
    answers.add_argument("--calibration", type=Path, help="calibration file for the bundle")
    answers.add_argument(
        "--precision",
        choices=PRECISIONS,
        default=_OF_BUNDLES["precision"],
        help="number format of the arithmetic",
    )
    answers.add_argument("--threads", type=int, default=2, help="of PyTorch, for a checkpoint")
    asked = parser.add_argument_group("what is asked")
    asked.add_argument("--config", type=Path, help="TOML with [sources], [page]: synthetic pages")
    asked.add_argument("--count", type=int, default=300, help="synthetic pages")
    asked.add_argument("--seed", type=int, default=9000, help="of the synthetic pages")
    asked.add_argument("--after-life", type=float, default=after_life, help="strength, 0 to 1")
    asked.add_argument(
        "--domains",
        action="store_true",
        help="synthetic pages as one set a domain, on the collections of the config alone",
    )
    asked.add_argument(
        "--cross",
        action="store_true",
        help="the same again as sets cross_…, by programs and collections that never train",
    )
    asked.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=IMAGES[:MASKS]",
        help="folder of images and folder of masks (without one, masks lie beside the images)",
    )
    asked.add_argument("--list", action="append", default=[], metavar="NAME=FILE")
    asked.add_argument(
        "--authentic", action="append", default=[], metavar="NAME=DIR", help="authentic images only"
    )
    asked.add_argument(
        "--scans", type=int, help=f"held-out scans of the config as set {SCANS} (all of them)"
    )
    asked.add_argument(
        "--edited-scans",
        action="store_true",
        help=f"scans of the config with known edits as set {EDITED_SCANS}",
    )
    decided = parser.add_argument_group("how it decides")
    decided.add_argument(
        "--choose",
        action="store_true",
        help="choose the decision on other pages, also for a bundle",
    )
    decided.add_argument("--validation", type=int, default=100, help="pages for that choice")
    decided.add_argument(
        "--alarms", type=float, default=0.05, help="share of authentic pages that may be alarmed"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for files and plots")


@dataclass(frozen=True)
class Inquiry:
    """Everything that the command line asks for, opened.

    Attributes:
        sets: What is asked.
        respondent: What answers.
        decision: How it decides.
        asked: Description of the sets and of where the decision comes from.
    """

    sets: tuple[ImageSet, ...]
    respondent: Respondent
    decision: DecisionRule
    asked: dict[str, Any]


def open_inquiry(options: argparse.Namespace) -> Inquiry:
    """Open sets and respondent and find the decision.

    Raises:
        ValueError: If options contradict each other, nothing is asked, or a set is malformed.
    """
    synthetic, scans = _generated_sets(options)
    generated: tuple[SyntheticSet | None, ...] = (synthetic,)
    if options.domains or options.cross:
        generated = domain_sets(options, synthetic)
    sets: list[ImageSet] = [s for s in (*generated, scans) if s is not None and len(s)]
    sets += _edited_scans(options)
    sets += _sets_on_disk(options)
    if not sets:
        raise ValueError("nothing is asked: give --config, --set, --list or --authentic")
    names = [images.name for images in sets]
    if len(set(names)) < len(names):
        raise ValueError(f"every set must have a name of its own, but they are {names}")
    respondent = _respondent(options)
    decision, origin = find_decision(options, respondent, synthetic)
    asked = {"sets": {images.name: len(images) for images in sets}, "decision_from": origin}
    if synthetic is not None:
        asked |= {"seed": options.seed, "after_life": options.after_life}
    return Inquiry(tuple(sets), respondent, decision, asked)


def _respondent(options: argparse.Namespace) -> Respondent:
    if options.checkpoint is not None:
        strays = [name for name, usual in _OF_BUNDLES.items() if getattr(options, name) != usual]
        if strays:
            raise ValueError(
                f"--{strays[0]} goes with --bundle, not with --checkpoint, which runs in PyTorch "
                "like the recipe balanced; leave it out, or build a bundle first"
            )
        return checkpoint_respondent(options.checkpoint, options.threads)
    return bundle_respondent(
        options.bundle, options.recipe, options.backend, options.calibration, options.precision
    )


def _generated_sets(
    options: argparse.Namespace,
) -> tuple[SyntheticSet | None, ScanSet | None]:
    if options.config is None:
        return None, None
    config = read_config(options.config, SynthConfig)
    sources = open_sources(config.sources, held_out=True)
    pages = SyntheticSet(
        SYNTHETIC, sources, config.page, options.seed, options.count, options.after_life
    )
    return pages, ScanSet.held_out(SCANS, sources, options.scans)


def domain_sets(
    options: argparse.Namespace, synthetic: SyntheticSet | None
) -> tuple[SyntheticSet, ...]:
    """Part synthetic pages by domain, and have others made by what never trains.

    Raises:
        ValueError: If there is no configuration, or one without collections or unused programs.
    """
    if synthetic is None or not synthetic.sources.collections:
        raise ValueError("--domains and --cross need --config with [[sources.collections]]")
    known = {one.domain for one in synthetic.sources.collections}
    domains = [domain for domain in DOMAINS if domain in known]
    wanted = [False] * options.domains + [True] * options.cross
    count = max(1, synthetic.count // (len(domains) * len(wanted)))
    pages = replace(synthetic.config, real_share=1.0)
    return tuple(
        SyntheticSet(
            f"cross_{domain}" if crossed else domain,
            synthetic.sources.of_domain(domain, crossed),
            pages.crossed() if crossed else pages,
            synthetic.seed,
            count,
            synthetic.strength,
        )
        for crossed in wanted
        for domain in domains
    )


def _edited_scans(options: argparse.Namespace) -> list[ImageSet]:
    if not options.edited_scans:
        return []
    if options.config is None:
        raise ValueError("--edited-scans needs --config, whose [sources] names scans and edits")
    config = read_config(options.config, SynthConfig)
    return [EditedScanSet.listed(EDITED_SCANS, config.sources)]


def _sets_on_disk(options: argparse.Namespace) -> list[ImageSet]:
    sets: list[ImageSet] = []
    for text in options.set:
        name, place = split_named(text)
        images, masks = split_folders(place)
        sets.append(LabeledSet(name, tuple(find_pairs(images, masks))))
    for text in options.list:
        name, place = split_named(text)
        sets.append(LabeledSet(name, tuple(read_pairs(Path(place)))))
    for text in options.authentic:
        name, place = split_named(text)
        sets.append(LabeledSet(name, tuple(find_pairs(Path(place), None))))
    return sets


def split_named(text: str) -> tuple[str, str]:
    """Part `NAME=PLACE`.

    Raises:
        ValueError: If there is no name, or one that no file can carry.

    Example:
        >>> split_named("receipts=data/receipts")
        ('receipts', 'data/receipts')
    """
    name, found, place = text.partition("=")
    if not found or not place or not re.fullmatch(r"[\w.-]+", name):
        raise ValueError(
            f"a set must be given as NAME=PLACE with a name of letters, digits, '_', '.' and '-', "
            f"but is {text!r}"
        )
    return name, place


def split_folders(place: str) -> tuple[Path, Path]:
    """Part `IMAGES[:MASKS]`; without masks they lie beside the images."""
    images, found, masks = place.rpartition(":")
    if not found or Path(place).is_dir():
        return Path(place), Path(place)
    return Path(images), Path(masks)


def find_decision(
    options: argparse.Namespace, respondent: Respondent, synthetic: SyntheticSet | None
) -> tuple[DecisionRule, str]:
    """Return the respondent's decision, or choose one on other pages than those reported.

    Args:
        options: With `choose`, `seed`, `validation` and `alarms`.
        respondent: What answers.
        synthetic: The pages reported on; `None` if there are none.

    Returns:
        The decision, and where it comes from.

    Raises:
        ValueError: If there is nothing to choose it on.
    """
    if respondent.decision is not None and not options.choose:
        return respondent.decision, "bundle"
    if synthetic is None:
        raise ValueError(
            "the decision must be chosen on synthetic pages: give --config, or a "
            "bundle that holds them and no --choose"
        )
    # Other pages than those reported: their seed is one further.
    pages = replace(synthetic, seed=options.seed + 1, count=options.validation)
    chosen = tune(pages, respondent.predictor, options.alarms)
    if respondent.decision is not None:
        chosen = replace(chosen, operating_points=respondent.decision.operating_points)
    return (
        chosen,
        f"chosen on {len(pages)} other synthetic pages, alarms at most {options.alarms:g}",
    )
