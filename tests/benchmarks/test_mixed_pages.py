"""Pages of all sizes from a seed, and two checkouts that take turns on them."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import mixed_pages
from benchmarks.mixed_pages import FEWEST, MOST, Cost, draw, gain, main, page_sizes
from forensics_rt.inference.known_answers import find_coming_again
from forensics_rt.plan.tiling import plan_rectangles

ROOT = Path(__file__).parents[2]


def test_sizes_are_those_that_were_promised_and_come_again_with_the_seed():
    sizes = page_sizes(60, 5)
    pixels = [height * width for height, width in sizes]

    assert sizes == page_sizes(60, 5) != page_sizes(60, 6)
    assert FEWEST * 0.99 <= min(pixels) < 1e6 and 3e6 < max(pixels) <= MOST
    assert sum(height > width for height, width in sizes) == 40


def test_half_the_tiles_of_a_screen_are_of_one_color_and_none_of_another_page(monkeypatch):
    # Nothing of it is of one color, as of the pages that take a second each to draw.
    noise = np.random.default_rng(0).integers(0, 256, (2700, 2700, 3), np.uint8)
    monkeypatch.setattr(mixed_pages, "synthetic_page", lambda side, seed: noise[:side, :side])
    constant, tiles = {"mixed": 0, "screens": 0}, 0
    for seed, (height, width) in enumerate(page_sizes(40, 0)):
        plan = plan_rectangles(height, width, (384, 512, 640, 832), 24)
        tiles += len(plan.tiles)
        for kind in constant:
            constant[kind] += find_coming_again(
                draw(kind, height, width, seed), plan.tiles
            ).constant
    assert constant["mixed"] == 0 and 0.45 < constant["screens"] / tiles < 0.55


def test_the_gain_is_that_of_all_pages_together():
    ours = [Cost(1.0, 2.0, 4, 0, 0), Cost(3.0, 2.0, 9, 0, 0)]
    theirs = [Cost(2.0, 2.0, 4, 0, 0), Cost(4.0, 2.0, 9, 0, 0)]

    assert gain(ours, theirs, "wall")[1] == 1.5
    assert gain(ours, theirs, "processor") == (1, 1, 1)


@pytest.mark.parametrize("at_once", ["1", "2"])
def test_two_checkouts_take_turns(bundle, monkeypatch, tmp_path, capsys, at_once):
    monkeypatch.setattr(mixed_pages, "page_sizes", lambda count, seed: [(70, 90)] * count)
    asked = [
        "--count",
        "2",
        "--at-once",
        at_once,
        "--bundle",
        str(bundle.path),
        "--backend",
        "numpy",
    ]
    out = [
        "--against",
        str(ROOT),
        "--against-bundle",
        str(bundle.path),
        "--json",
        str(tmp_path / "figures.json"),
    ]
    monkeypatch.setattr(sys, "argv", ["mixed_pages", *asked, *out])
    main()

    assert "times as fast" in capsys.readouterr().out
    costs = json.loads((tmp_path / "figures.json").read_text())["costs"]
    assert [cost["tiles"] for cost in costs["this"]] == [cost["tiles"] for cost in costs["against"]]
    assert np.all([cost["wall"] > 0 for of_pages in costs.values() for cost in of_pages])


def test_a_checkout_that_cannot_open_ends_the_run(monkeypatch, tmp_path, capfd):
    monkeypatch.setattr(sys, "argv", ["mixed_pages", "--count", "1", "--bundle", str(tmp_path)])
    with pytest.raises(SystemExit, match="ended"):
        main()
    assert "no bundle here" in capfd.readouterr().err
