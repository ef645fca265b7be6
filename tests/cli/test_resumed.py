"""A task takes the earlier result where there is one, and else examines the image."""

import numpy as np

from forensics_rt import Detector, Failure
from forensics_rt.cli.outcome import Outcome
from forensics_rt.cli.resumed import ResumedTask
from tests.inference.test_host import Answering


def test_what_was_found_earlier_is_neither_decoded_nor_computed(bundle, page, tmp_path):
    asked = []

    def find(number):
        asked.append(number)
        return Outcome(f"image {number}", "stem") if number % 2 else None

    sources = [page, tmp_path / "missing.jpg", b"no image", tmp_path / "missing.jpg", page]
    with Detector(bundle, Answering()) as detector:
        tasks = (
            ResumedTask(detector.task(source), lambda number=number: find(number))
            for number, source in enumerate(sources)
        )
        first, second, third, fourth, last = detector.inferer.stream(tasks)

    assert (second.name, fourth.name) == ("image 1", "image 3")
    assert sorted(asked) == list(range(5))
    assert isinstance(third, Failure)
    assert np.array_equal(first.probability, last.probability)
