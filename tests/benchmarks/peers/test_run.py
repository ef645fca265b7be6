"""Ways in processes of their own: in turn, told apart, and never failing in silence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.page_files import page_sizes, write_pages
from benchmarks.peers import run
from benchmarks.peers.run import run_ways
from benchmarks.peers.way_process import About, WayFailed, WayProcess
from benchmarks.peers.ways.registry import WAYS
from benchmarks.peers.ways.way import Networks, WaySetting, read_rgb
from forensics_rt.plan.tiling import Plan, Tile
from forensics_rt.recipe import PRESETS


class Played:
    """A way process that computes nothing and writes down what it is asked."""

    log: list[tuple[str, str, Any]]

    def __init__(self, name: str, networks: Networks, setting: WaySetting) -> None:
        self.name = name

    def __enter__(self) -> Played:
        return self

    def __exit__(self, *error: object) -> None:
        self.log.append((self.name, "close", None))

    def ask(self, question: str, *arguments: Any) -> Any:
        self.log.append((self.name, question, arguments[0] if arguments else None))
        if question == "plan":
            size = 96 if self.name == "ours-balanced" and arguments[0] > 100 else 64
            return Plan(*arguments, size, (Tile(0, 0, size, size),) * 2)
        answers = {
            "seconds": 1.0 + len(self.name) / 10,
            "about": About({"played": "1"}, 0.5, 100.0),
            "merging": PRESETS["balanced"],
            "on_plan": np.array([0.2, 0.9], np.float32),
            "__call__": np.array([0.2, 0.4], np.float32),
        }
        return answers[question]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    """What played processes were asked, in order."""
    asked: list[tuple[str, str, Any]] = []
    monkeypatch.setattr(Played, "log", asked, raising=False)
    monkeypatch.setattr(run, "WayProcess", Played)
    return asked


PAGES = {Path("a"): (100, 90), Path("b"): (120, 90), Path("c"): (110, 90)}


def played(names: Sequence[str]) -> list[Any]:
    networks = Networks((Path("fold1.pth"),), Path("bundle"))
    return run_ways(names, networks, WaySetting(64, 16, 1), PAGES, 2, lambda line: None)


def test_pages_go_through_all_ways_in_turn(log: list[tuple[str, str, Any]]) -> None:
    played(["original", "ours-balanced"])
    timed = [(name, page.name) for name, question, page in log if question == "seconds"]

    # A page for each tile size first: the original has one here, ours two.
    warm_up = [("original", "a"), ("ours-balanced", "a"), ("ours-balanced", "b")]
    assert sorted(timed[:3]) == sorted(warm_up)
    one = [("original", "a"), ("ours-balanced", "a"), ("ours-balanced", "b"),
           ("original", "b"), ("original", "c"), ("ours-balanced", "c")]  # fmt: skip
    other = [("ours-balanced", "a"), ("original", "a"), ("original", "b"),
             ("ours-balanced", "b"), ("ours-balanced", "c"), ("original", "c")]  # fmt: skip
    assert timed[3:] == one + other
    assert [name for name, question, _ in log if question == "close"] == [
        "ours-balanced",
        "original",
    ]


def test_what_is_found_is_written_down(log: list[tuple[str, str, Any]]) -> None:
    original, ours = played(["original", "ours-balanced"])

    assert original.seconds == ((1.8, 1.8),) * 3
    assert original.tiles == (2, 2, 2) and ours.tile_sizes == (64, 96, 96)
    assert original.computed_pixels == 6 * 64 * 64
    assert (original.pass_seconds, original.peak_mib) == (0.5, 100.0)
    assert original.agreement is not None and ours.agreement is None
    assert original.agreement.max_difference == pytest.approx(0.5)
    assert original.agreement.flipped_share == 0.5
    questions = [(name, question) for name, question, _ in log]
    compared = questions.index(("ours-balanced", "on_plan"))
    assert questions.index(("ours-balanced", "about")) < compared, "its peak would be another's"


def test_without_our_own_ways_nothing_is_compared(log: list[tuple[str, str, Any]]) -> None:
    (original,) = played(["original"])
    assert original.agreement is None


@pytest.fixture
def in_float32() -> None:
    """Let this process compute in what was measured, as others do that it starts."""


def test_a_way_in_its_own_process(networks: Networks, setting: WaySetting, png: Path) -> None:
    here = WAYS["ours-balanced"]()
    here.open(networks, setting)
    with WayProcess("ours-balanced", networks, setting) as way:
        assert way.ask("plan", 130, 178) == here.plan(130, 178)
        assert way.ask("seconds", png) > 0
        assert np.array_equal(way.ask("__call__", png), here(png))
        about = way.ask("about")
        assert about.peak_mib > 30 and about.versions == here.versions()
        with pytest.raises(WayFailed, match=r"ours-balanced: Traceback(.|\n)*ImageNotFound"):
            way.ask("seconds", png.parent / "none.png")
        assert way.ask("seconds", png) > 0, "one bad page must not end it"
    here.close()


def test_a_way_that_cannot_be_opened_says_so(tmp_path: Path, setting: WaySetting) -> None:
    nothing = Networks((), tmp_path)
    with pytest.raises(WayFailed, match=r"no bundle here"):
        WayProcess("ours-balanced", nothing, setting)


def test_pages_are_the_same_every_time(tmp_path: Path) -> None:
    sizes = page_sizes(3, 60, 100)
    assert sizes == [(60, 80), (80, 100), (100, 60)]
    first, second = (write_pages(tmp_path / name, sizes) for name in "ab")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert [read_rgb(path).shape[:2] for path in first] == sizes
    assert len({path.read_bytes() for path in first}) == 3
