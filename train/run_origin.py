"""How the weights of a training run came about."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from forensics_rt.calibration.origin import OriginRecord, ParentRecord, Role
from train.config import FitConfig
from train.data_hashes import data_records
from train.origin import config_values, made_by, origin_in, parent
from train.synth.sources import SourceFolders
from train.weights import read_header

_log = logging.getLogger(__name__)
# Whose pages are made from `[sources]`.
_SYNTHETIC = frozenset({"pool", "synthetic"})


def origin_of_run(config: FitConfig, goes_on_from: Path | None) -> OriginRecord:
    """Read all data that a run names, and say what it is made from.

    Args:
        config: The run.
        goes_on_from: The weights of its last step, where it goes on: those that it began with may
            have been replaced since.

    Returns:
        The record, without its steps: those go on.

    Raises:
        CheckpointError: If the checkpoint that it starts from is damaged.
        OSError: If a file cannot be read.
    """
    parents: tuple[ParentRecord, ...] = ()
    note = None
    if goes_on_from is None:
        parents = tuple(_parents(config))
    elif earlier := origin_in(goes_on_from, read_header(goes_on_from)):
        parents = earlier.parents
    else:
        note = "began before origins were written: what it started from is not known"
    data = data_records(_places(config))
    _log.info("the data: %d files", sum(one.files for one in data))
    return made_by(
        "fit",
        config=config_values(config),
        seed=config.run.seed,
        data=data,
        parents=parents,
        note=note,
    )


def source_places(folders: SourceFolders) -> Iterator[str]:
    """Yield the folders and files that pages are made from."""
    yield from (*folders.fonts, *folders.scans, folders.boxes, *folders.plain_scans)
    yield from (*folders.photos, folders.edited)
    for one in folders.collections:
        yield from (*one.folders, *one.lines)


def _places(config: FitConfig) -> Iterator[str]:
    if any(entry.kind in _SYNTHETIC for entry in config.mix):
        yield from source_places(config.sources)
    for entry in config.mix:
        yield from (entry.images, entry.masks, entry.file)


def _parents(config: FitConfig) -> Iterator[ParentRecord]:
    roles: tuple[tuple[Role, str], ...] = (
        ("init", config.run.init),
        ("teacher", config.run.teacher),
    )
    for role, name in roles:
        if name and Path(name).is_file():  # else a word, such as `imagenet`
            yield parent(role, Path(name))
