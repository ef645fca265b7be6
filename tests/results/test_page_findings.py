"""What a detection of a PDF page says beside its maps."""

from pathlib import Path

import numpy as np
import pytest

from forensics_rt import Detector

CASES = Path(__file__).parents[1] / "data" / "pdf"


@pytest.fixture(scope="module")
def detector():
    with Detector("fast", recipe="fast") as detector:
        yield detector


def test_what_lies_over_a_scan_is_a_finding_of_its_own(detector):
    found = detector(CASES / "stamp_fullpage_alpha.pdf")

    assert [(part.kind, part.box) for part in found.overlays] == [("image", (19, 99, 103, 38))]
    assert found.to_dict()["page_report"]["overlays"][0]["kind"] == "image"
    assert found.hidden == ()


def test_what_a_page_hides_is_told(detector):
    found = detector(CASES / "pdf-cropbox-hides-half.pdf")

    assert [part.kind for part in found.hidden] == ["crop"]
    assert found.probability.shape == (144, 384), "the visible half is examined"


def test_an_image_has_neither(detector):
    found = detector(np.full((64, 64, 3), 200, np.uint8))

    assert found.overlays == found.hidden == ()
