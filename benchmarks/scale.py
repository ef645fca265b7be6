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
from benchmarks.scale_driver import decode_seconds, driver_seconds, encode_seconds
from benchmarks.scale_model import Cluster, Outcome, simulate
from forensics_rt.distributed import Progress, detect_dataset
from forensics_rt.distributed.inputs import list_inputs
from forensics_rt.distributed.results_folder import ResultsFolder
from forensics_rt.distributed.rows import Row, of_file
from forensics_rt.distributed.stores import place_of
from forensics_rt.distributed.worker import Worker, WorkerSetup

DAY = 86_400
BILLION = 1_000_000_000
_DETECTOR = {"bundle": "default", "precision": "auto"}
_WARM = 6
# Seconds that a simulated run takes if nothing goes wrong.
_WORK = 180


def main() -> int:
    """Run one of the four."""
    wanted = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    wanted.add_argument("what", choices=("measure", "predict", "check", "sizes"))
    wanted.add_argument("--pages", type=int, default=60)
    wanted.add_argument("--out", type=Path, default=Path("service.json"))
    wanted.add_argument("--from", dest="source", type=Path, default=Path("service.json"))
    wanted.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    wanted.add_argument("--nodes", type=int, default=1000)
    given = wanted.parse_args()
    if given.what == "measure":
        given.out.write_text(json.dumps(measure(given.pages, given.clock)))
    elif given.what == "predict":
        predict(json.loads(given.source.read_text()), given.nodes)
    elif given.what == "sizes":
        sizes(given.pages)
    else:
        return check(json.loads(given.source.read_text()), given.pages)
    return 0


def measure(pages: int, clock: str = "wall") -> dict[str, Any]:
    """Return seconds of a page on a worker of one thread, by how many run at once.

    Args:
        pages: How many are measured.
        clock: `cpu` counts what the process used, for machines that are busy with something else.
    """
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        write_whole_pages(Path(folder, "pages"), pages)
        for at_once in (1, 2):
            context = multiprocessing.get_context("spawn")
            start = context.Barrier(at_once)
            answers: Any = context.Queue()
            for number in range(at_once):
                places = (Path(folder, "pages"), Path(folder, f"out-{at_once}-{number}"))
                context.Process(target=_serve, args=(*places, start, answers, clock)).start()
            seconds = [one for _ in range(at_once) for one in answers.get()]
            found[str(at_once)] = seconds
            print(f"{at_once} at once: {_in_words(seconds)}")
    return found


def _serve(pages: Path, out: Path, start: Any, answers: Any, clock: str) -> None:
    now = time.process_time if clock == "cpu" else time.perf_counter
    setup = WorkerSetup(_DETECTOR, 1, (place_of(pages).filesystem,), place_of(out), "all")
    worker = Worker(setup)
    worker.start()
    files, taken = sorted(pages.iterdir()), []
    for number, file in enumerate([*files[:_WARM], *files]):
        if number == _WARM:
            start.wait()
        began = now()
        worker.read(number, [(0, str(file), str(file))])
        worker.compute(number, [0], checked=False)
        taken.append(now() - began)
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
    pages = int(nodes * _WORK / statistics.mean(seconds))
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
    """Print bytes of a page, of its maps and of its row, and CPU of all but the engine."""
    with tempfile.TemporaryDirectory() as folder:
        files, out = Path(folder, "pages"), Path(folder, "out")
        write_whole_pages(files, pages)
        examined = _rows_of(files, out)
        rows = len(examined)
        parts = sum(file.stat().st_size for file in (out / "parts").iterdir())
        kinds = {
            "page, JPEG of quality 90": [file.stat().st_size for file in files.iterdir()],
            "map": [file.stat().st_size for file in out.rglob("*.probability.png")],
            "mask": [file.stat().st_size for file in out.rglob("*.mask.png")],
        }
        for name, found in kinds.items():
            print(f"{name}: mean {statistics.mean(found) / 1000:.1f} kB")
        print(f"row: mean {parts / rows / 1000:.2f} kB of Parquet")
        taken = sorted(files.iterdir())
        print(f"decoding: {1000 * decode_seconds(taken):.1f} ms of CPU a page")
        print(f"encoding: {1000 * encode_seconds(taken):.1f} ms of CPU a page")
        print(f"driver: {1e6 * driver_seconds(examined[0]):.0f} µs of CPU a page, without Ray")


def _rows_of(files: Path, out: Path) -> list[Row]:
    """Have one worker examine files without Ray, and write the rows."""
    here = (place_of(files).filesystem,)
    worker = Worker(WorkerSetup({"bundle": "fast"}, 1, here, place_of(out), "all"))
    worker.start()
    inputs, folder = list_inputs(files, place_of(out)).files, ResultsFolder(place_of(out), False)
    contents = worker.read(1, [(0, file.place.path, file.name) for file in inputs])
    computed = worker.compute(1, range(len(inputs)), checked=False)
    rows = [
        of_file(row, file, content)
        for file, (content, _), found in zip(inputs, contents, computed, strict=True)
        for row in found
    ]
    folder.add(rows)
    folder.flush()
    return rows


def _outcome(found: Outcome) -> str:
    return (
        f"{found.rate:.0f} pages/s ({found.rate * DAY / BILLION:.2f} billion a day); workers busy "
        f"{found.workers_busy:.1%}, driver {found.driver_busy:.1%}; {found.deaths} deaths, "
        f"{found.again} pages again; tail {found.tail:.0f} s"
    )


def _in_words(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=20)
    mean = statistics.mean(seconds)
    return f"mean {mean:.3f} s, median {cuts[9]:.3f} s, 95 % below {cuts[18]:.3f} s"


if __name__ == "__main__":
    sys.exit(main())
