"""What would a billion pages a day need? Measured here, simulated for many nodes.

python -m benchmarks.scale measure --out stages.json     # stages of a page, one and two at once
python -m benchmarks.scale predict --from stages.json    # 1,000 nodes: queues, stragglers, deaths
python -m benchmarks.scale check                         # 1 and 2 nodes of Ray beside the model
python -m benchmarks.scale sizes                         # bytes of pages, maps and rows
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import astuple
from pathlib import Path

from benchmarks.ray.pages import write_whole_pages
from benchmarks.scale.driver import decode_seconds, driver_seconds, encode_seconds
from benchmarks.scale.model import Cluster, Outcome, simulate
from benchmarks.scale.stream import PageTimes, in_words, seconds_between
from benchmarks.scale.worker import waiting_workers
from forensics_rt.distributed.inputs import list_inputs
from forensics_rt.distributed.results_folder import ResultsFolder
from forensics_rt.distributed.rows import Row, of_file
from forensics_rt.distributed.stores import place_of
from forensics_rt.distributed.worker import Worker, WorkerSetup

DAY = 86_400
BILLION = 1_000_000_000
# Seconds that a simulated run takes if nothing goes wrong.
_WORK = 180


def main() -> int:
    """Run one of the four."""
    wanted = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    wanted.add_argument("what", choices=("measure", "predict", "check", "sizes"))
    wanted.add_argument("--pages", type=int, default=60)
    wanted.add_argument("--bundle", default="default")
    wanted.add_argument("--rounds", type=int, default=5)
    wanted.add_argument("--out", type=Path, default=Path("stages.json"))
    wanted.add_argument("--from", dest="source", type=Path, default=Path("stages.json"))
    wanted.add_argument("--seconds", type=float, help="of a page, in place of a measurement")
    wanted.add_argument("--nodes", type=int, default=1000)
    given = wanted.parse_args()
    if given.what == "measure":
        given.out.write_text(json.dumps(measure(given.bundle, given.pages)))
    elif given.what == "predict":
        predict(_between_pages(given.seconds, given.source), given.nodes)
    elif given.what == "sizes":
        sizes(given.pages)
    else:
        from benchmarks.scale.check import check  # needs Ray

        return check(given.bundle, given.pages, given.rounds)
    return 0


def measure(bundle: str, pages: int) -> dict[str, list[list[float]]]:
    """Return seconds of the stages of each page in workers of one thread, by how many run at once.

    Args:
        bundle: Whose networks run.
        pages: How many are measured.
    """
    found: dict[str, list[list[float]]] = {}
    with tempfile.TemporaryDirectory() as name, waiting_workers(2, bundle) as workers:
        folder = Path(name)
        write_whole_pages(folder / "pages", pages)
        workers.warm_up(folder / "warm-up")
        for at_once in (1, 2):
            measured = workers.run(at_once, folder / "pages", folder / f"out-{at_once}")
            found[str(at_once)] = [list(astuple(page)) for page in measured.pages]
            said = at_once / statistics.mean(seconds_between(measured.pages))
            print(
                f"{at_once} at once: {in_words(measured.pages)}; {measured.rate:.3f} pages/s, "
                f"{said:.3f} by the model of a stream"
            )
    return found


def predict(seconds: list[float], nodes: int, driver: float = 0.0002) -> None:
    """Print what happens on many nodes: in order, with a slow twentieth, with deaths.

    Args:
        seconds: Between two pages of a worker; one of them, at random, for each page.
        nodes: Workers.
        driver: Seconds of the driver for a page.
    """
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


def _between_pages(seconds: float | None, measured: Path) -> list[float]:
    if seconds is not None:
        return [seconds, seconds]
    stages = json.loads(measured.read_text())["2"]
    return seconds_between([PageTimes(*page) for page in stages])


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
