"""What would a billion pages a day need? Measured here, simulated for many nodes.

python -m benchmarks.scale measure --out service.json     # seconds of a page, one and two at once
python -m benchmarks.scale predict --from service.json    # 1,000 nodes: queues, stragglers, deaths
python -m benchmarks.scale check --from service.json      # 1 and 2 nodes of Ray beside the model
python -m benchmarks.scale sizes                          # bytes of pages, maps and rows
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.ray_pages import write_whole_pages
from benchmarks.scale_model import Cluster, Outcome, simulate
from forensics_rt.distributed import Progress, detect_dataset, read_results
from forensics_rt.distributed.places import place_of
from forensics_rt.distributed.worker import Worker, WorkerSetup

DAY = 86_400
BILLION = 1_000_000_000
_DETECTOR = {"bundle": "default", "precision": "auto"}
_WARM = 6


def main() -> int:
    """Run one of the four."""
    wanted = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    wanted.add_argument("what", choices=("measure", "predict", "check", "sizes"))
    wanted.add_argument("--pages", type=int, default=60)
    wanted.add_argument("--out", type=Path, default=Path("service.json"))
    wanted.add_argument("--from", dest="source", type=Path, default=Path("service.json"))
    wanted.add_argument("--nodes", type=int, default=1000)
    given = wanted.parse_args()
    if given.what == "measure":
        given.out.write_text(json.dumps(measure(given.pages)))
    elif given.what == "predict":
        predict(json.loads(given.source.read_text()), given.nodes)
    elif given.what == "sizes":
        sizes(given.pages)
    else:
        return check(json.loads(given.source.read_text()), given.pages)
    return 0


def measure(pages: int) -> dict[str, Any]:
    """Return seconds of a page on a worker of one thread, by how many run at once."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        write_whole_pages(Path(folder, "pages"), pages)
        for at_once in (1, 2):
            context = multiprocessing.get_context("spawn")
            start = context.Barrier(at_once)
            answers: Any = context.Queue()
            for number in range(at_once):
                places = (Path(folder, "pages"), Path(folder, f"out-{at_once}-{number}"))
                context.Process(target=_serve, args=(*places, start, answers)).start()
            seconds = [one for _ in range(at_once) for one in answers.get()]
            found[str(at_once)] = seconds
            print(f"{at_once} at once: {_in_words(seconds)}")
    return found


def _serve(pages: Path, out: Path, start: Any, answers: Any) -> None:
    setup = WorkerSetup(_DETECTOR, 1, (place_of(pages).filesystem,), place_of(out), "all")
    worker = Worker(setup)
    worker.start()
    files, taken = sorted(pages.iterdir()), []
    for number, file in enumerate([*files[:_WARM], *files]):
        if number == _WARM:
            start.wait()
        began = time.perf_counter()
        worker.read(number, [(0, str(file), str(file))])
        worker.compute(number, [0], checked=False)
        taken.append(time.perf_counter() - began)
    answers.put(taken[_WARM:])


def check(service: dict[str, list[float]], pages: int) -> int:
    """Hold the model against runs on Ray with one and two nodes of a CPU each."""
    import ray

    from benchmarks.ray_cluster import local_cluster

    worst = 0.0
    for nodes in (1, 2):
        with tempfile.TemporaryDirectory() as folder, local_cluster(nodes) as cluster:
            write_whole_pages(Path(folder, "pages"), pages)
            ray.init(address=cluster.address, log_to_driver=False)
            times: list[float] = []

            def note(progress: Progress, times: list[float] = times) -> None:
                times.extend([time.monotonic()] * (progress.finished - len(times)))

            before = sum(psutil.Process().cpu_times()[:2])
            detect_dataset(
                *(Path(folder, "pages"), Path(folder, "out")),
                detector=_DETECTOR,
                workers=nodes,
                on_progress=note,
            )
            driver = (sum(psutil.Process().cpu_times()[:2]) - before) / pages
            ray.shutdown()
        first, last = int(0.3 * pages), int(0.9 * pages)
        real = (last - first) / (times[last - 1] - times[first - 1])
        said = simulate(Cluster(nodes, service[str(nodes)], driver), 10_000).rate
        error = said / real - 1
        worst = max(worst, abs(error))
        print(
            f"{nodes} nodes: measured {real:.3f} pages/s, predicted {said:.3f} ({error:+.1%}); "
            f"driver {1000 * driver:.1f} ms of CPU a page, start and connections among it"
        )
    return 0 if worst <= 0.1 else 1


def predict(service: dict[str, list[float]], nodes: int, driver: float = 0.0002) -> None:
    """Print what happens on many nodes: in order, with a slow twentieth, with deaths, both."""
    seconds = service["2"]
    pages = int(nodes * 600 / statistics.mean(seconds))
    cases = {
        "as measured": Cluster(nodes, seconds, driver),
        "driver 10 times as slow": Cluster(nodes, seconds, 10 * driver),
        "5 % of the nodes 3 times as slow": Cluster(nodes, seconds, driver, slow=0.05),
        "a node dies every 6 hours": Cluster(
            nodes, seconds, driver, between_failures=6 * 3600, restart=120
        ),
        "a spot node dies every 20 minutes": Cluster(
            nodes, seconds, driver, between_failures=1200, restart=120
        ),
        "the store takes 5 s a unit": Cluster(nodes, seconds, driver, delay=5.0),
    }
    print(f"{nodes} workers, {pages} pages, {_in_words(seconds)} a page")
    for name, cluster in cases.items():
        print(f"{name}: {_outcome(simulate(cluster, pages))}")


def sizes(pages: int) -> None:
    """Print bytes of a page, of its maps and of its row."""
    with tempfile.TemporaryDirectory() as folder:
        files, out = Path(folder, "pages"), Path(folder, "out")
        write_whole_pages(files, pages)
        detect_dataset(files, out, detector={"bundle": "fast"})
        rows = read_results(out).num_rows
        parts = sum(file.stat().st_size for file in (out / "parts").iterdir())
        kinds = {
            "page, JPEG of quality 90": [file.stat().st_size for file in files.iterdir()],
            "map": [file.stat().st_size for file in out.rglob("*.probability.png")],
            "mask": [file.stat().st_size for file in out.rglob("*.mask.png")],
        }
        for name, found in kinds.items():
            print(f"{name}: mean {statistics.mean(found) / 1000:.1f} kB")
        print(f"row: mean {parts / rows / 1000:.2f} kB of Parquet")


def _outcome(found: Outcome) -> str:
    return (
        f"{found.rate:.0f} pages/s ({found.rate * DAY / BILLION:.2f} billion a day); workers busy "
        f"{found.workers_busy:.1%}, driver {found.driver_busy:.1%}; {found.deaths} deaths, "
        f"{found.again} pages again; tail {found.tail:.0f} s"
    )


def _in_words(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=20)
    return f"mean {statistics.mean(seconds):.3f} s, median {cuts[9]:.3f} s, 95 % below {cuts[18]:.3f} s"


if __name__ == "__main__":
    sys.exit(main())
