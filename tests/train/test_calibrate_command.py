"""`python -m train calibrate`: the same fit on held-out synthetic pages."""

import numpy as np
import pytest

from forensics_rt import Bundle
from forensics_rt.calibration.file import read_calibration
from train.__main__ import main
from train.commands import calibrate as command
from train.commands.calibrate import make_pages, with_authentic
from train.synth.page import PageConfig


@pytest.fixture
def words(bundle, sources, tmp_path, monkeypatch):
    """The command with the tiny bundle, on small pages of raw material made by the tests."""
    opened = []

    def open_them(folders, held_out):
        opened.append(held_out)
        return sources

    monkeypatch.setattr(command, "open_sources", open_them)
    config = tmp_path / "pages.toml"
    config.write_text("[page]\nsize = 160\nreal_share = 0.5\nauthentic_share = 0.1\n")
    yield [
        *("calibrate", "--config", str(config), "--bundle", str(bundle.path)),
        *("--backend", "numpy", "--workers", "0", "--count", "14"),
    ]
    assert set(opened) <= {True}, "only held-out material"


def test_it_writes_a_file_and_a_calibrated_bundle(words, bundle, tmp_path, capsys):
    out, into = tmp_path / "own.json", tmp_path / "calibrated"

    assert main([*words, "--out", str(out), "--into", str(into), "--authentic", "0.4"]) == 0

    record = read_calibration(out)
    assert Bundle.open(into).manifest.calibration == record
    assert record.fitted_on.images == 14 and record.fitted_on.authentic >= 2
    assert "14 synthetic pages of held-out scans" in record.fitted_on.description
    assert (record.fitted_on.origin.command, record.fitted_on.origin.seed) == ("calibrate", 70_000)
    assert record.fitted_on.origin.options["count"] == 14
    assert "40% authentic" in record.fitted_on.description
    assert "best in hindsight" in capsys.readouterr().out


def test_what_cannot_be_is_an_error_of_one_line(words, tmp_path, capsys):
    assert main(words) == 2
    assert "one of --into and --out must be given" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path / "o"), "--authentic", "0.1"]) == 2
    assert "--authentic must be 0.25 or more" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path)]) == 2
    assert "is a folder, not a file" in capsys.readouterr().err
    assert main([*words, "--into", str(tmp_path)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_at_least_a_quarter_of_the_pages_is_authentic():
    assert with_authentic(PageConfig(authentic_share=0.1), None).authentic_share == 0.25
    assert with_authentic(PageConfig(authentic_share=0.6), None).authentic_share == 0.6
    assert with_authentic(PageConfig(authentic_share=0.6), 0.3).authentic_share == 0.3


def test_other_processes_make_the_same_pages_with_marks_of_three_kinds(sources):
    config = PageConfig(size=160)
    here = list(make_pages(6, 3, sources, config, workers=0))
    there = list(make_pages(6, 3, sources, config, workers=1))

    for one, other in zip(here, there, strict=True):
        assert np.array_equal(one.image, other.image)
        mask = one.mask(*one.image.shape[:2])
        assert np.array_equal(mask, other.mask(*one.image.shape[:2]))
        assert set(np.unique(mask)) <= {0, 1, 255}
    assert {one.group for one in here} == {"page 4", "scan0.png", "scan1.png"}, "five on two scans"
    assert any(1 in one.mask(*one.image.shape[:2]) for one in here)
