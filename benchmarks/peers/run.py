"""Running ways side by side: each in its own process, in turn on every page."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.peers.report import Agreement, WayRecord
from benchmarks.peers.way_process import About, WayProcess
from benchmarks.peers.ways.registry import WAYS
from benchmarks.peers.ways.way import Networks, WaySetting
from forensics_rt.bench.noise import turns
from forensics_rt.bundle.parity import difference
from forensics_rt.plan.tiling import Plan

THRESHOLD = 0.5
Tell = Callable[[str], None]


def run_ways(
    names: Sequence[str],
    networks: Networks,
    setting: WaySetting,
    pages: Mapping[Path, tuple[int, int]],
    rounds: int,
    tell: Tell,
) -> list[WayRecord]:
    """Time ways on the same pages, so that a drift of the machine meets all of them alike.

    In each round every page goes through every way before the next page comes; who goes first
    changes from page to page. Before that each way has seen a page for every tile size it uses,
    which loads, compiles and is not counted.

    Args:
        names: Of `WAYS`.
        networks: What they run.
        setting: What they agree on.
        pages: Height and width of each page by its file.
        rounds: How often each page is seen, 1 or more.
        tell: Is told what happens.

    Raises:
        WayFailed: If one of them fails.
    """
    with contextlib.ExitStack() as stack:
        ways: dict[str, WayProcess] = {}
        for name in names:
            tell(f"opening {name}")
            ways[name] = stack.enter_context(WayProcess(name, networks, setting))
        plans = {name: [way.ask("plan", *pages[page]) for page in pages]
                 for name, way in ways.items()}  # fmt: skip
        for name, way in ways.items():
            tell(f"warming up {name}")
            for page in _one_of_each_tile_size(list(pages), plans[name]):
                way.ask("seconds", page)
        seconds = _interleaved(ways, list(pages), rounds, tell)
        # Before the maps are compared: our own process computes others' tiles there.
        told: dict[str, About] = {name: way.ask("about") for name, way in ways.items()}
        first = next(iter(pages))
        return [
            WayRecord(
                name=name,
                title=WAYS[name].title,
                equal=WAYS[name].equal,
                tiles=tuple(len(plan.tiles) for plan in plans[name]),
                tile_sizes=tuple(plan.tile_size for plan in plans[name]),
                seconds=tuple(tuple(of_page) for of_page in seconds[name]),
                pass_seconds=told[name].pass_seconds,
                peak_mib=told[name].peak_mib,
                versions=told[name].versions,
                agreement=_agreement(name, ways, first, plans[name][0], tell),
            )
            for name in ways
        ]


def _one_of_each_tile_size(pages: Sequence[Path], plans: Sequence[Plan]) -> list[Path]:
    first = {plan.tile_size: page for page, plan in reversed(list(zip(pages, plans, strict=True)))}
    return list(first.values())


def _interleaved(
    ways: Mapping[str, WayProcess], pages: Sequence[Path], rounds: int, tell: Tell
) -> dict[str, list[list[float]]]:
    """Return the seconds of each way for each page in each round."""
    seconds: dict[str, list[list[float]]] = {name: [[] for _ in pages] for name in ways}
    names = list(ways)
    for turn, number in turns(len(ways), rounds * len(pages)):
        (round_, index), name = divmod(turn, len(pages)), names[number]
        seconds[name][index].append(ways[name].ask("seconds", pages[index]))
        tell(f"round {round_ + 1}, page {index + 1}: {name} {seconds[name][index][-1]:.2f} s")
    return seconds


def _agreement(
    name: str, ways: Mapping[str, WayProcess], page: Path, plan: Plan, tell: Tell
) -> Agreement | None:
    ours = next((other for other in ways if WAYS[other].equal is None), None)
    if ours is None or WAYS[name].equal is None:
        return None
    tell(f"comparing the map of {name}")
    reference = ways[ours].ask("on_plan", page, plan, ways[name].ask("merging"))
    found = difference(reference, ways[name].ask("__call__", page), THRESHOLD)
    return Agreement(max_difference=found.max_difference, flipped_share=found.flipped_share)
