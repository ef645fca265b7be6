"""What the soak tells of samples and answers, without a service."""

from __future__ import annotations

import pytest

from benchmarks.service.pages import LoadFile
from benchmarks.service.soak_plot import draw_soak
from benchmarks.service.soak_record import Answers, Sample, Soak


@pytest.fixture
def leaking():
    """A service that keeps a handle of every hundredth request, and whose memory is flat."""
    samples = [Sample(n, n / 10, 50_000_000, 20 + n // 100, 8) for n in range(0, 1001, 100)]
    return Soak("service", 1000, samples, {"good file, 200": 1000})


def test_growth_is_that_of_a_line_without_the_beginning(leaking):
    assert leaking.growth("handles") == pytest.approx(8)
    assert leaking.growth("memory") == pytest.approx(0, abs=0.001)
    told = leaking.told()
    assert "memory in MB: 50 after 200, 50 at the end; +0.0 on the line between" in told
    assert "handles: 22 after 200, 30 at the end; +8.0 on the line between" in told


def test_another_answer_to_the_same_file_is_drift():
    soak = Soak("service", 3)
    answers = Answers(soak)
    one, other = LoadFile(b"one"), LoadFile(b"other")
    for file, score, seconds in ((one, 0.5, 1), (other, 0.7, 1), (one, 0.5, 2), (one, 0.6, 2)):
        answers.take(file, {"score": score, "seconds": seconds})
    assert soak.drifted == 1


def test_it_is_drawn(leaking, tmp_path):
    pytest.importorskip("matplotlib")
    draw_soak([leaking, leaking], tmp_path / "soak.png")
    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")
