"""What does a Triton server cost, in time, memory and shared memory, against `Detector` alone?

    FORENSICS_RT_TRITON=FOLDER python -m benchmarks.triton --bundle fast --rounds 5

FOLDER has a server and a client: docs/how-to/triton.md says how. All ways run in turns. `one tile`
are pages that are one tile; `whole` are whole pages. `processor` is that of the server, or of the
detector. The times of a machine that does other work are too long, their ratios less so.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import cv2
from rich.console import Console
from rich.table import Table

from benchmarks.triton_server import Server, running, why_not
from benchmarks.triton_ways import DetectorWay, ServerWay, Took, detector_way
from export.triton.memory import region_bytes
from export.triton.repository import write_repository
from export.triton.request import RepositoryRequest
from forensics_rt import Bundle

_SAMPLES = sorted((Path(__file__).parents[1] / "docs" / "samples").glob("*.jpg"))
_TILE = (640, 512)
_MIB = 1 << 20
_KINDS = ("one tile", "whole")
_WARM_UP = 16  # requests, so that each instance has some
# Pipelines by their instances, which share the processors; BLS by its own and those of a member.
_PIPELINES, _BLS = (1, 2), ((4, 1), (4, 2))


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", default="fast")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--pages", type=int, default=48, help="of each way in each round")
    parser.add_argument("--kinds", nargs="+", choices=_KINDS, default=_KINDS)
    values = parser.parse_args()
    if reason := why_not():
        raise SystemExit(f"error: {reason}")
    console = Console(width=120)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = start_servers(stack, scratch, values.bundle)
        ways: dict[str, ServerWay | DetectorWay] = {
            name: ServerWay(server, model, values.clients)
            for name, (server, model) in servers.items()
        }
        ways["detector"] = stack.enter_context(detector_way(values.bundle))
        files = {"one tile": one_tile_pages(scratch), "whole": _SAMPLES}
        for kind in values.kinds:
            took = in_turns(ways, files[kind], values.rounds, values.pages)
            console.print(times_table(kind, took))
        largest = max(path.stat().st_size for path in _SAMPLES)
        console.print(memory_table({name: server for name, (server, _) in servers.items()}))
        pixels = max(cv2.imread(str(path), 0).size for path in _SAMPLES)
        bound = region_bytes(largest + 2 * pixels + _MIB)
        console.print(f"predicted for a region of a pipeline: at most {bound / _MIB:.1f} MiB")


def start_servers(stack: ExitStack, scratch: Path, bundle: str) -> dict[str, tuple[Server, str]]:
    """Start a server for each setting, and return it with the model that is asked."""
    opened, found = Bundle.open(bundle), {}
    settings = {f"pipeline × {n}": ("forensics_rt", n, 1, 1) for n in _PIPELINES}
    settings |= {f"bls × {n}, members × {m}": ("forensics_rt_bls", 1, n, m) for n, m in _BLS}
    for number, (name, (model, instances, bls, members)) in enumerate(settings.items()):
        folder = scratch / str(number)
        folder.mkdir()
        request = RepositoryRequest(
            opened,
            folder / "models",
            instances=instances,
            bls_instances=bls,
            member_instances=members,
            queue=1000,
            timeout=600.0,
        )
        write_repository(request)
        networks = [path.name for path in (folder / "models").glob("*_member_*")]
        models = [*(networks if "bls" in model else []), model]
        server = stack.enter_context(running(folder / "models", models, folder))
        found[name] = server, model
    return found


def one_tile_pages(folder: Path) -> list[Path]:
    """Cut pages that are one tile from the samples."""
    found = []
    for path in _SAMPLES:
        page = cv2.imread(str(path))
        top, left = ((n - m) // 2 for n, m in zip(page.shape[:2], _TILE, strict=True))
        place = folder / f"{path.stem}.png"
        cut = page[max(top, 0) :, max(left, 0) :][: _TILE[0], : _TILE[1]]
        cv2.imwrite(str(place), cut)
        found.append(place)
    return found


def in_turns(
    ways: Mapping[str, ServerWay | DetectorWay], files: Sequence[Path], rounds: int, pages: int
) -> dict[str, list[Took]]:
    """Run every way in every round, once before without being timed."""
    for way in ways.values():
        way.run(files, max(len(files), _WARM_UP))
    return {
        name: [took[name] for took in turns]
        for turns in [
            [{n: way.run(files, pages) for n, way in ways.items()} for _ in range(rounds)]
        ]
        for name in ways
    }


def times_table(kind: str, took: Mapping[str, Sequence[Took]]) -> Table:
    """Return pages a second, and ratios to the detector of the same round."""
    table = Table("way", "pages/s", "× detector", "× pipeline × 1", "processor s/page", title=kind)

    def ratio(name: str, other: str) -> str:
        pairs = zip(took[name], took[other], strict=True)
        found = sorted(b.wall / b.pages * a.pages / a.wall for a, b in pairs)
        return f"{median(found):.2f} ({found[0]:.2f}–{found[-1]:.2f})"

    for name, runs in took.items():
        rate = median(run.pages / run.wall for run in runs)
        spent = median(run.processor / run.pages for run in runs)
        refused = sum(sum(run.refused.values()) for run in runs)
        shown = name + (f", {refused} refused" if refused else "")
        table.add_row(
            shown, f"{rate:.2f}", ratio(name, "detector"), ratio(name, "pipeline × 1"),
            f"{spent:.3f}",
        )  # fmt: skip
    return table


def memory_table(servers: Mapping[str, Server]) -> Table:
    """Return what each process holds, and its region in /dev/shm."""
    table = Table("way", "process", "resident MB", "of it shared MB", "/dev/shm MiB")
    for name, server in servers.items():
        for process in server.processes():
            words, memory = process.cmdline(), process.memory_info()
            region = Path("/dev/shm") / words[2] if "stub" in words[0] else None
            what = "server" if region is None else words[1].split("/")[-3]
            size = "" if region is None else f"{region.stat().st_size / _MIB:.1f}"
            table.add_row(name, what, f"{memory.rss / 1e6:.0f}", f"{memory.shared / 1e6:.0f}", size)
    return table


if __name__ == "__main__":
    main()
