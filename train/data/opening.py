"""From the configuration to the data of a run: what trains, and what it is measured on."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from forensics_rt.io.pairs import LabeledImage
from train.config import FitConfig
from train.config.data import DataConfig, ValidationConfig
from train.data.held_out import (
    HeldOut,
    held_out_pages,
    held_out_pairs,
    held_out_synthetic,
    set_aside,
)
from train.data.kept_fold import keep_fold
from train.data.made import MadePages
from train.data.mix import Mix, MixSource
from train.data.pairs import PairPages, list_pairs
from train.data.pool import PagePool
from train.synth.sources import open_sources

_log = logging.getLogger(__name__)
# Beyond the crop: what the views cut off to leave the 8×8 grid, and some room.
_MARGIN = 32


@dataclass(frozen=True)
class TrainingData:
    """The data of a run.

    Attributes:
        mix: What trains.
        held_out: What it is measured on; `None` for nothing.
    """

    mix: Mix
    held_out: HeldOut | None


def open_data(
    config: FitConfig, part: tuple[int, int] = (0, 1), dct_limit: int | None = None
) -> TrainingData:
    """Open all data of a run.

    Args:
        config: The run.
        part: Number of this process and how many train together; all see the same pairs and
            pools, but each has makers of its own.
        dct_limit: Clip coefficients to ± so much, for a network that reads them; `None` for one of
            pixels alone.

    Raises:
        LabelError: If pairs cannot be found.
        OutputError: If what is held out cannot be noted in the folder of the run.
        ValueError: If the data do not suffice for the folds or the validation asked for, an image
            would train and be measured on, or the run in that folder held out others.
    """
    pairs, left_out = _split_pairs(config)
    if left_out:
        return TrainingData(
            _mix(config, pairs, part, dct_limit), held_out_pairs(left_out, dct_limit)
        )
    wanted = config.validation
    if wanted.file or wanted.images:
        named = _named_pairs(wanted)
        _refuse_both_sides(
            [pair for entry in pairs.values() for pair in entry],
            named,
            "validation must measure on images that do not train",
            "name others, or let [folds] leave some out",
        )
        return TrainingData(_mix(config, pairs, part, dct_limit), held_out_pairs(named, dct_limit))
    if wanted.pages == 0:
        return TrainingData(_mix(config, pairs, part, dct_limit), None)
    if any(entry.kind == "synthetic" for entry in config.mix):
        sources = open_sources(config.sources, held_out=True)
        fresh = held_out_synthetic(
            sources, config.page, config.run.seed, wanted.pages, wanted.after_life, dct_limit
        )
        return TrainingData(_mix(config, pairs, part, dct_limit), fresh)
    pool = next((entry.folder for entry in config.mix if entry.kind == "pool"), None)
    if pool is None:
        raise ValueError(
            "validation must have data apart from the training pairs, but has none; add [folds], "
            "or name validation.images or validation.file"
        )
    pages, names = set_aside(Path(pool), config.out, wanted.pages)
    held_out = held_out_pages(
        pages, config.run.seed, wanted.after_life, config.page.jpeg_only, dct_limit
    )
    return TrainingData(_mix(config, pairs, part, dct_limit, {pool: names}), held_out)


def _named_pairs(wanted: ValidationConfig) -> list[LabeledImage]:
    entry = DataConfig(
        "list" if wanted.file else "pairs",
        images=wanted.images,
        masks=wanted.masks,
        authentic=wanted.authentic,
        file=wanted.file,
    )
    return list_pairs(entry)


def _split_pairs(
    config: FitConfig,
) -> tuple[dict[DataConfig, list[LabeledImage]], list[LabeledImage]]:
    """Return the pairs that train by their entry, and those of the fold that is left out."""
    entries = {e: list_pairs(e) for e in config.mix if e.kind in ("pairs", "list")}
    # All entries are divided together: a group may have images in several of them.
    everything = [pair for pairs in entries.values() for pair in pairs]
    training, left_out = everything, list[LabeledImage]()
    if config.folds is not None:
        training, left_out = keep_fold(everything, config.folds, config.out)
        _refuse_both_sides(
            training,
            left_out,
            "folds must leave an image out as a whole",
            "it is named in several groups: name each image once, or in one group",
        )
    if everything:
        masks = sum(pair.mask is not None for pair in everything)
        _log.info("%d pairs, %d with masks, %d held out", len(everything), masks, len(left_out))
    kept = set(training)
    return {e: [p for p in pairs if p in kept] for e, pairs in entries.items()}, left_out


def _refuse_both_sides(
    training: list[LabeledImage], measured: list[LabeledImage], rule: str, mend: str
) -> None:
    both = {pair.image.resolve() for pair in training} & {p.image.resolve() for p in measured}
    if both:
        raise ValueError(f"{rule}, but on both sides is {min(both)} ({len(both)} in all); {mend}")


def _mix(
    config: FitConfig,
    pairs: dict[DataConfig, list[LabeledImage]],
    part: tuple[int, int],
    dct_limit: int | None,
    aside: dict[str, frozenset[str]] | None = None,
) -> Mix:
    sources: list[MixSource] = []
    for number, entry in enumerate(config.mix):
        if entry.kind == "pool":
            names = (aside or {}).get(entry.folder, frozenset())
            sources.append(PagePool(Path(entry.folder), entry.capacity, entry.refresh_steps, names))
        elif entry.kind == "synthetic":
            material = open_sources(config.sources, held_out=False)
            seed = config.run.seed + number
            sources.append(MadePages(entry, material, config.page, seed, part))
        else:
            least_side = config.largest_crop + _MARGIN
            sources.append(PairPages(pairs[entry], least_side, entry.memory_gib, dct_limit))
    return Mix(sources, [entry.weight for entry in config.mix])
