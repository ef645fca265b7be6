"""The picture of a report."""

import sys

import cv2
import pytest

from forensics_rt.bench.plot import plot
from forensics_rt.errors import OptionalDependency


def test_a_report_is_drawn(report, tmp_path):
    plot(report, tmp_path / "report.png")

    picture = cv2.imread(str(tmp_path / "report.png"))
    assert picture.shape[1] == 1320 and picture.std() > 10


def test_without_matplotlib_the_error_says_what_to_install(report, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(
        OptionalDependency, match=r"'matplotlib'.* pip install 'forensics_rt\[bench\]'"
    ):
        plot(report, tmp_path / "report.png")
    assert not list(tmp_path.iterdir())
