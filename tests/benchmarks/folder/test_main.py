"""The folder benchmark on a handful of small pages, killed and resumed."""

import json
import sys

from benchmarks.folder import __main__ as folder
from benchmarks.folder.__main__ import Sample, Watched


def test_memory_is_read_where_a_share_of_the_images_was_first_done():
    samples = [Sample(0.0, 0, 50.0), Sample(1.0, 12, 80.0), Sample(2.0, 60, 90.0)]

    watched = Watched(samples=samples)

    assert [watched.rss_at(share, 100) for share in (0.1, 0.5, 1.0)] == [80.0, 90.0, None]


def test_a_small_folder_killed_and_resumed(bundle, tmp_path, monkeypatch, capsys):
    words = ["--count", "60", "--size", "64", "--distinct", "2", "--bundle", str(bundle.path)]
    words += ["--backend", "numpy", "--kill-after", "10", "--work", str(tmp_path)]
    monkeypatch.setattr(folder, "SAMPLE_EVERY", 0.005)
    monkeypatch.setattr(sys, "argv", ["folder", *words, "--json", str(tmp_path / "figures.json")])

    folder.main()

    figures = json.loads((tmp_path / "figures.json").read_text())
    summary, killed = figures["summary"], figures["killed"]
    assert summary["done"] == 60 and summary["failed"] == 0
    assert 10 <= killed["finished_when_killed"] < 60
    assert summary["done_before"] == killed["finished_when_killed"]
    assert 0 <= killed["computed_twice"] <= 30
    assert figures["rss_mb"]["100%"] > 10
    shown = capsys.readouterr().out
    assert "engine busy" in shown and "computed twice" in shown
    assert not (tmp_path / "scans").exists()
