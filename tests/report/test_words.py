"""What a score, a verdict and an operating point mean, in plain words."""

import pytest

from forensics_rt import Detector
from forensics_rt.report.words import VERDICTS, limit_in_words, percent, point_in_words


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.5, "50 %"),
        (0.999, "99.90 %"),
        (0.0012, "0.12 %"),
        (0.00004, "0.004 %"),
        (1.0, "100 %"),
    ],
)
def test_shares_have_as_many_digits_as_matter(share, text):
    assert percent(share) == text


def test_every_verdict_has_a_word_and_a_meaning():
    assert set(VERDICTS) == {"forged", "authentic", "uncertain", "not_applicable", None}


def test_an_operating_point_says_what_it_promises():
    with Detector(backend="numpy", operating_point="fpr-1%") as detector:
        said = point_in_words(detector.conclusions)
        limit = limit_in_words(detector.conclusions, "scan")

    assert "at most 1.0 % of further authentic images" in said
    assert limit == "raw score 0.9999 (fpr-1%)"


def test_without_one_the_limits_of_the_calibration_are_told():
    with Detector(backend="numpy") as detector:
        said = point_in_words(detector.conclusions)

    assert "scan: None was asked for. Forged from a score of 0.831 on" in said
    assert "185 were called forged, of which 4 were not; 481 were left uncertain" in said
    assert "never authentic" in said


def test_without_a_calibration_nothing_is_promised(detector):
    assert "nothing is promised" in point_in_words(detector.conclusions)
    assert limit_in_words(detector.conclusions, "scan") == "none"
