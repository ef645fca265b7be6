"""Answered images by set, scene, after-life, kind of edit and size of region."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from train.evaluation.decision import DecisionRule
from train.evaluation.figures import GroupFigures, figures
from train.evaluation.records import SIZES, ImageRecord


@dataclass(frozen=True)
class Group:
    """Figures of some images of one set.

    Attributes:
        set: Name of the set.
        by: `all`, `scene`, `after_life`, `kind` or `size`.
        name: Which one of these.
        figures: Its figures. Of a kind or a size: only its pixels count as forged, those of the
            others are left out, over the images that hold it.
        records: The images from which the figures come.
    """

    set: str
    by: str
    name: str
    figures: GroupFigures
    records: tuple[ImageRecord, ...]


def group(
    records: Iterable[ImageRecord], decision: DecisionRule, rounds: int = 1000
) -> list[Group]:
    """Return all groups, set by set, the whole set first; empty ones do not occur.

    Args:
        records: Answered images.
        decision: The decision at which they were measured.
        rounds: Resamplings of the intervals.
    """
    made = []
    for name_of_set, members in _by(records, lambda record: record.set).items():
        for by, names in _divisions(members).items():
            for name, chosen in names.items():
                found = figures(chosen, decision, rounds)
                made.append(Group(name_of_set, by, name, found, tuple(chosen)))
    return made


def _divisions(records: Sequence[ImageRecord]) -> dict[str, dict[str, list[ImageRecord]]]:
    return {
        "all": {"all": list(records)},
        "scene": _by(records, lambda r: None if r.real is None else ("drawn", "real")[r.real]),
        "after_life": _by(records, lambda r: r.life),
        "kind": _by_part(records, "kind"),
        "size": _by_part(records, "size"),
    }


def _by(
    records: Iterable[ImageRecord], key: Callable[[ImageRecord], str | None]
) -> dict[str, list[ImageRecord]]:
    made: dict[str, list[ImageRecord]] = defaultdict(list)
    for record in records:
        name = key(record)
        if name is not None:
            made[name].append(record)
    return dict(made)


def _by_part(records: Iterable[ImageRecord], by: str) -> dict[str, list[ImageRecord]]:
    made: dict[str, list[ImageRecord]] = defaultdict(list)
    for record in records:
        for part in record.parts:
            if part.by == by:
                made[part.name].append(record.only(part))
    order = [name for name, *_ in SIZES] if by == "size" else sorted(made)
    return {name: made[name] for name in order if name in made}
