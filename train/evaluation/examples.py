"""A hit, a miss and a false alarm of each set, chosen by rule and not by eye."""

from __future__ import annotations

from collections.abc import Sequence

from train.evaluation.records import ImageRecord

_FOUND = 0.5  # F1 from which an image is a hit


def typical_images(records: Sequence[ImageRecord]) -> list[ImageRecord]:
    """Return three images of each set in the order of the sets, or fewer where there are none.

    The hit is the middle one of all hits, so that it shows what a hit looks like. The miss is the
    largest edit of which nothing is reported, and the false alarm the authentic image with the
    largest reported area: these two are the worst.
    """
    chosen: list[ImageRecord] = []
    for name in dict.fromkeys(record.set for record in records):
        members = [record for record in records if record.set == name]
        for example in (_hit(members), _miss(members), _false_alarm(members)):
            chosen += example
    return chosen


def _hit(records: Sequence[ImageRecord]) -> list[ImageRecord]:
    hits = [record for record in records if record.forged and record.calibrated.f1 >= _FOUND]
    hits.sort(key=lambda record: record.calibrated.f1)
    return hits[len(hits) // 2 :][:1]


def _miss(records: Sequence[ImageRecord]) -> list[ImageRecord]:
    missed = [record for record in records if record.forged and not record.calibrated.hit]
    missed.sort(key=lambda record: -record.calibrated.miss / (record.height * record.width))
    return missed[:1]


def _false_alarm(records: Sequence[ImageRecord]) -> list[ImageRecord]:
    alarms = [record for record in records if record.authentic and record.calibrated.false_alarm]
    alarms.sort(key=lambda record: -record.calibrated.alarm_area)
    return alarms[:1]
