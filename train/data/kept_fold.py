"""What a run holds out, noted beside its weights: it stays so when images come later."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from forensics_rt.io.pairs import LabeledImage
from forensics_rt.io.writers import write_json
from train.config.data import FoldsConfig
from train.data.folds import split_fold

HELD_OUT = "held_out.json"
_log = logging.getLogger(__name__)


def keep_fold(
    pairs: Sequence[LabeledImage], folds: FoldsConfig, out: Path
) -> tuple[list[LabeledImage], list[LabeledImage]]:
    """Divide the images of a run; one that goes on holds out the groups that it began with.

    Their names stand beside its weights, and groups that came later train: dealt out anew, some
    that trained would be measured on. A folder without weights is divided anew.

    Args:
        pairs: All images.
        folds: The division, and the part that is left out.
        out: Folder of the run.

    Returns:
        Training part and left-out part, each in the given order.

    Raises:
        OutputError: If the names cannot be written.
        ValueError: If there are fewer groups than folds, or the folder's weights were trained on
            another division, or with groups held out that are not there any more.
    """
    record = out / HELD_OUT
    trained = any(out.glob("*.safetensors"))
    if trained and record.is_file():
        held_out = _read_groups(record, folds)
        _refuse_gone(record, held_out, {pair.group for pair in pairs})
        _log.info("the %d groups of %s stay held out, all others train", len(held_out), HELD_OUT)
        training = [pair for pair in pairs if pair.group not in held_out]
        return training, [pair for pair in pairs if pair.group in held_out]
    if trained:
        _log.warning(
            "%s has weights, but no %s: images that were added since they were trained may have "
            "changed what is held out",
            out,
            HELD_OUT,
        )
    training, left_out = split_fold(pairs, folds.count, folds.index, folds.seed)
    groups = sorted({pair.group for pair in left_out})
    write_json(record, {"folds": asdict(folds), "groups": groups})
    return training, left_out


def _read_groups(record: Path, folds: FoldsConfig) -> frozenset[str]:
    try:
        document = json.loads(record.read_text(encoding="utf-8"))
        begun, groups = document["folds"], frozenset(document["groups"])
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(
            f"{record} must hold folds and groups, as fit writes it, but does not: {error!r}; "
            "bring it back, or name another run.out"
        ) from error
    if begun != asdict(folds):
        raise ValueError(
            f"[folds] must stay as the run in {record.parent} began, {begun}, but is "
            f"{asdict(folds)}: it would be measured on images that it has trained on. Set it "
            "back, or name another run.out"
        )
    return groups


def _refuse_gone(record: Path, held_out: frozenset[str], there: set[str]) -> None:
    gone = sorted(held_out - there)
    if gone:
        raise ValueError(
            f"every group of {record} must still be there, as its images would train under another "
            f"name, but no image of {', '.join(gone[:4])} is ({len(gone)} of {len(held_out)} "
            "groups); bring them back, or take what was deleted for good out of the file"
        )
