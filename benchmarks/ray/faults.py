"""Are the rows of a run on Ray the same whatever dies meanwhile?

`python -m benchmarks.ray.faults --seeds 10 --pages 2000` makes small pages, 2 % of them corrupt,
runs them once in peace, and once for each seed while a node, three workers and the driver are
killed at random moments. It prints a line for each seed, and fails if a row or a map differs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ray.cluster import LocalCluster, local_cluster, start_driver
from benchmarks.ray.pages import write_pages
from forensics_rt.distributed import read_results

NODES = 3
# Not before there are results, and early enough that something is left to be done.
_FIRST, _LAST = 0.02, 0.9
_LOOK = 0.2


@dataclass(frozen=True)
class Result:
    """What a run left.

    Attributes:
        rows: All rows, sorted, but for what differs between two runs.
        maps: SHA-256 of each map, by its place.
        seconds: From the start of the driver to the end of the last one.
        said: What was killed, and when.
    """

    rows: Any
    maps: dict[str, str]
    seconds: float
    said: str = ""


def main() -> int:
    """Print a line a seed."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--seeds", type=int, default=10)
    wanted.add_argument("--first", type=int, default=0, help="the first seed")
    wanted.add_argument("--pages", type=int, default=2000)
    wanted.add_argument("--bundle", default="fast")
    given = wanted.parse_args()
    failed = 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the cluster, too
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder, "pages")
        write_pages(pages, given.pages)
        with local_cluster(NODES) as cluster:
            peace = undisturbed(cluster, pages, Path(folder, "peace"), given.bundle)
        errors = peace.rows["error"].drop_null()
        print(
            f"undisturbed: {given.pages} files, {peace.rows.num_rows} rows, {len(errors)} of them "
            f"errors, {len(peace.maps)} maps, {peace.seconds:.0f} s",
            flush=True,
        )
        for seed in range(given.first, given.first + given.seeds):
            out = Path(folder, f"seed-{seed}")
            with local_cluster(NODES) as cluster:
                found = disturbed(cluster, pages, out, given.bundle, seed, len(peace.maps))
            verdict = differences(peace, found)
            failed += bool(verdict)
            print(
                f"seed {seed}: {found.rows.num_rows} rows, {found.seconds:.0f} s; {found.said}: "
                f"{verdict or 'equal row for row, maps equal byte for byte'}",
                flush=True,
            )
    return 1 if failed else 0


def undisturbed(cluster: LocalCluster, pages: Path, out: Path, bundle: str) -> Result:
    """Run in peace."""
    start = time.monotonic()
    driver = start_driver(cluster.address, pages, out, "--bundle", bundle)
    _finish(driver)
    return _result(out, time.monotonic() - start)


def disturbed(
    cluster: LocalCluster, pages: Path, out: Path, bundle: str, seed: int, maps: int
) -> Result:
    """Run while a node, three workers and the driver are killed.

    Args:
        cluster: Where; it has a node less in the end.
        pages: What to examine.
        out: The results.
        bundle: The networks.
        seed: Of the order and the moments.
        maps: How many files of maps a whole run writes: moments are shares of these.
    """
    chance = random.Random(seed)
    kinds = ["worker", "worker", "worker", "node", "driver"]
    chance.shuffle(kinds)
    moments = sorted(chance.uniform(_FIRST, _LAST) for _ in kinds)
    start = time.monotonic()
    driver = start_driver(cluster.address, pages, out, "--bundle", bundle, "--resume")
    said = []
    for kind, moment in zip(kinds, moments, strict=True):
        while _maps_in(out) < moment * maps and driver.poll() is None:
            time.sleep(_LOOK)
        if driver.poll() is not None:
            raise RuntimeError(f"the driver ended too soon: {driver.communicate()[0]}")
        if kind == "node":
            cluster.lose_node()
        elif kind == "driver":
            driver.kill()
            driver.communicate()
            driver = start_driver(cluster.address, pages, out, "--bundle", bundle, "--resume")
        elif workers := cluster.workers():
            chance.choice(workers).kill()
        else:
            kind = "no worker there to kill"
        said.append(f"{kind} at {moment:.0%}")
    _finish(driver)
    return _result(out, time.monotonic() - start, ", ".join(said))


def differences(peace: Result, found: Result) -> str:
    """Say in what two runs differ; an empty text if in nothing."""
    if not found.rows.equals(peace.rows):
        keys, others = (
            list(zip(one["path"].to_pylist(), one["page"].to_pylist(), strict=True))
            for one in (peace.rows, found.rows)
        )
        missing, more = set(keys) - set(others), set(others) - set(keys)
        twice = len(others) - len(set(others))
        return f"ROWS DIFFER: {len(missing)} missing, {len(more)} too many, {twice} twice"
    if found.maps != peace.maps:
        other = {name for name, digest in peace.maps.items() if found.maps.get(name) != digest}
        return f"MAPS DIFFER: {len(other)} of {len(peace.maps)}, such as {min(other, default='')}"
    return ""


def _finish(driver: Any) -> None:
    said, _ = driver.communicate()
    if driver.returncode not in (0, 1):  # 1: some files are corrupt
        raise RuntimeError(f"the driver ended with {driver.returncode}: {said}")


def _maps_in(out: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(out / "maps"))


def _result(out: Path, seconds: float, said: str = "") -> Result:
    maps = {
        file.relative_to(out).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (out / "maps").rglob("*.png")
    }
    return Result(read_results(out, run_columns=False), maps, seconds, said)


if __name__ == "__main__":
    sys.exit(main())
