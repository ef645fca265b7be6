"""The table of media on two small folders."""

import sys
from collections import Counter

import pytest
from PIL import Image

from benchmarks import medium
from tests.io.medium.test_rules import MADE


def test_every_file_is_counted_in_each_of_its_lives(tmp_path, monkeypatch, capsys):
    for kind in ("scan", "born digital"):
        (tmp_path / kind).mkdir()
        Image.fromarray(MADE[kind]).save(tmp_path / kind / "a.png")
    words = [f"{tmp_path}/scan/*=scan", f"{tmp_path}/born*/*=born digital"]
    monkeypatch.setattr(sys, "argv", ["medium", "--images", *words])

    medium.main()

    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[1:3] for row in rows] == [
        ["scan", "as found"],
        ["scan", "JPEG 85"],
        ["scan", "× 0.6, JPEG 90"],
        ["born digital", "as found"],
        ["born digital", "JPEG 85"],
        ["born digital", "× 0.6, JPEG 90"],
        ["fax", "fax"],
    ]
    assert [row[3:9] for row in rows[-1:]] == [["", "", "", "", "2", ""]]
    assert all(row[-2] == "100%" for row in rows)


def test_a_later_pattern_overrides_an_earlier_one(tmp_path):
    for name in ("a.png", "b.png", "notes.txt"):
        (tmp_path / name).touch()

    found = medium.truths([f"{tmp_path}/*=scan", f"{tmp_path}/b*=skip"])

    assert found == {tmp_path / "a.png": "scan"}


def test_a_medium_that_is_none_is_refused():
    with pytest.raises(SystemExit, match="x=drawing: must end in =MEDIUM, one of scan, photograph"):
        medium.truths(["x=drawing"])


def test_wrong_and_unnamed_are_told_apart():
    counts = Counter({("scan", "held out", "as found", n): 1 for n in ("scan", "fax", "none")})

    assert medium.table(counts).splitlines()[-1].endswith("| 33% | 33% |")
