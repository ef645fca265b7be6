"""Holds the model against runs on Ray: in each round, both under the same load of the machine."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil
import ray

from benchmarks.ray.cluster import LocalCluster, local_cluster
from benchmarks.ray.pages import write_whole_pages
from benchmarks.ray.progress_rate import Notes
from benchmarks.scale.model import Cluster, simulate
from benchmarks.scale.stream import in_words, seconds_between
from benchmarks.scale.worker import Measured, waiting_workers
from forensics_rt.bench.noise import median_interval, turns
from forensics_rt.distributed import Progress, detect_dataset

NODES = (1, 2)
_FROM, _TO = 0.15, 0.9
_MOST = 0.1


@dataclass(frozen=True)
class Round:
    """Pages a second of one round.

    Attributes:
        said: By the model, from stages measured without Ray just before and just after the run.
        real: By the run on Ray.
    """

    said: float
    real: float


def check(bundle: str, pages: int, rounds: int) -> int:
    """Print a line a round, and the model over the runs with its 95 % interval.

    Args:
        bundle: Whose networks run.
        pages: Of each run.
        rounds: How many, with one node and with two.

    Returns:
        1 if the median of the model is more than 10 % from that of the runs.
    """
    found: dict[int, list[Round]] = {nodes: [] for nodes in NODES}
    with tempfile.TemporaryDirectory() as name, waiting_workers(max(NODES), bundle) as workers:
        folder = Path(name)
        write_whole_pages(folder / "pages", pages)
        workers.warm_up(folder / "warm-up")
        for number, turn in turns(len(NODES), rounds):
            nodes, out = NODES[turn], folder / f"{number}-{turn}"
            before = workers.run(nodes, folder / "pages", out / "before")
            with local_cluster(nodes) as cluster:
                real, driver = _on_ray(cluster, nodes, bundle, folder / "pages", out / "ray")
            after = workers.run(nodes, folder / "pages", out / "after")
            found[nodes].append(_compared(nodes, before, after, real, driver))
    worst = 0.0
    for nodes, all_rounds in found.items():
        ratio = median_interval([one.said / one.real for one in all_rounds])
        worst = max(worst, abs(ratio.median - 1))
        print(
            f"{nodes} nodes: the model says {ratio.median:.3f} of what was measured "
            f"({ratio.low:.3f} to {ratio.high:.3f}, {rounds} rounds)"
        )
    return 0 if worst <= _MOST else 1


def _compared(nodes: int, before: Measured, after: Measured, real: float, driver: float) -> Round:
    times = [*before.pages, *after.pages]
    said = simulate(Cluster(nodes, seconds_between(times), driver), 10_000).rate
    print(
        f"{nodes} nodes: measured {real:.3f} pages/s, the model {said:.3f} ({said / real - 1:+.1%})"
        f"; {in_words(times)}; without Ray {before.rate:.3f} and {after.rate:.3f} pages/s; "
        f"driver {1000 * driver:.1f} ms of CPU a page",
        flush=True,
    )
    return Round(said, real)


def _on_ray(
    cluster: LocalCluster, nodes: int, bundle: str, pages: Path, out: Path
) -> tuple[float, float]:
    """Return pages a second, and seconds of CPU of the driver for a page while it takes rows."""
    ray.init(address=cluster.address, log_to_driver=False)
    try:
        notes = Notes()
        spent: list[float] = []

        def note(progress: Progress) -> None:
            notes.add(progress)
            spent.append(sum(psutil.Process().cpu_times()[:2]))

        asked = {"bundle": bundle}
        summary = detect_dataset(pages, out, detector=asked, workers=nodes, on_progress=note)
    finally:
        ray.shutdown()
    driver = (spent[-1] - spent[0]) / (notes.finished[-1] - notes.finished[0])
    return notes.rate(summary.files, _FROM, _TO), driver
