import sys

import pytest

from forensics_rt.cli.outcome import Outcome
from forensics_rt.cli.tally import MOST_ROWS, Tally


def outcome(number, score=0.5, raw_score=0.5, skipped=False, verdict=None, frames=1, page=None):
    document = {
        "name": f"{number}.jpg",
        "raw_score": raw_score,
        "score": score,
        "verdict": verdict,
        "forged_share": 0.01,
        "regions": [{"box": [1, 2, 3, 4]}] * 2,
        "provenance": {
            "image_sha256": "0" * 64,
            "image_format": "TIFF",
            "frames": frames,
            "page": page,
        },
        "seconds": {"decode": 0.25, "engine": 0.5},
    }
    return Outcome(f"{number}.jpg", f"{number}.jpg", document, skipped=skipped)


def test_few_images_are_shown_in_order():
    tally = Tally()
    for number, score in enumerate((0.1, 0.9, 0.5)):
        tally.add(outcome(number, score))

    assert [row["image"] for row in tally.rows()] == ["0.jpg", "1.jpg", "2.jpg"]


def test_of_many_the_highest_scores_are_and_of_equal_ones_the_first():
    tally = Tally()
    for number in range(1000):
        tally.add(outcome(number, score=(number % 100) / 100))

    names = [row["image"] for row in tally.rows()]
    assert len(names) == MOST_ROWS
    assert names[:10] == [f"{99 + 100 * step}.jpg" for step in range(10)]
    assert names[10:] == [f"{98 + 100 * step}.jpg" for step in range(10)]


def test_of_equal_scores_those_with_more_evidence_are_shown():
    tally = Tally()
    for number in range(100):
        tally.add(outcome(number, score=0.996, raw_score=0.99 + number / 10_000))

    assert [row["image"] for row in tally.rows()] == [
        f"{number}.jpg" for number in range(99, 79, -1)
    ]


def test_pages_with_something_over_their_scan_or_hidden_are_counted():
    tally = Tally()
    stamp, crop = {"kind": "stamp"}, {"kind": "crop"}
    for number, report in enumerate(
        ({"overlays": [stamp, stamp], "hidden": [crop]}, {"overlays": [], "hidden": [crop]}, None)
    ):
        one = outcome(number)
        one.document["page_report"] = report
        tally.add(one)

    assert (tally.overlaid, tally.hiding, tally.done) == (1, 2, 3)


def test_it_stays_small_however_many_images_come():
    tally = Tally()
    for number in range(5000):
        tally.add(outcome(number))
        tally.add(Outcome("x", "x", error="x: no such file"))

    assert (tally.images, tally.done, tally.failed) == (10_000, 5000, 5000)
    assert len(tally.rows()) == len(tally.errors) == MOST_ROWS
    assert sys.getsizeof(tally._rows) < 1000


def test_the_engine_was_busy_for_the_images_of_this_run():
    tally = Tally()
    for number in range(4):
        tally.add(outcome(number, skipped=number == 0, verdict="forged"))

    figures = tally.figures(wall=2.0)

    assert figures["engine_seconds"] == 1.5 and figures["engine_busy"] == 0.75
    assert figures["images_per_second"] == 1.5 and figures["done_before"] == 1
    assert figures["stage_seconds"] == {"decode": 0.75, "engine": 1.5}
    assert figures["verdicts"] == {"forged": 4}
    assert [row["seconds"] for row in tally.rows()] == [None, *[pytest.approx(0.75)] * 3]


def test_media_are_counted_and_reasons_kept():
    tally = Tally()
    for number, name in enumerate(("scan", "scan", None)):
        one = outcome(number)
        one.document["medium"] = name and {"name": name, "evidence": "made"}
        tally.add(one)
    drawn = outcome(3, verdict="not_applicable")
    medium = {"name": "born digital", "evidence": "made"}
    drawn.document.update(medium=medium, reason="drawn")
    tally.add(drawn)
    tally.add(outcome(4))  # of a version that knew no media

    assert tally.figures(1.0)["media"] == {"scan": 2, "unknown": 2, "born digital": 1}
    assert tally.reasons == {"drawn": 1}


def test_files_of_several_frames_are_counted():
    tally = Tally()
    for number, frames in enumerate((1, 2, 7)):
        tally.add(outcome(number, frames=frames))

    assert tally.several_frames == 2
    tally.add(outcome(3, frames=7, page=1))
    assert tally.several_frames == 2, "of these every page is an image of its own"


def test_an_error_that_does_not_know_its_image_is_shown_with_it():
    tally = Tally()
    for said in ("a.jpg: the file is empty", "one side is too long"):
        tally.add(Outcome("a.jpg", "a.jpg", error=said))
    assert tally.errors == ["a.jpg: the file is empty", "a.jpg: one side is too long"]
