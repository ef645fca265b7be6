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

import cv2
from rich.console import Console

from benchmarks.triton.server import Server, running
from benchmarks.triton.tables import memory_table, times_table
from benchmarks.triton.ways import DetectorWay, ServerWay, Took, detector_way
from benchmarks.triton.wheel import why_not
from export.triton.memory import TILE_BYTES, answer_bytes, region_bytes
from export.triton.repository import TILES_AHEAD, write_repository
from export.triton.request import RepositoryRequest
from forensics_rt import Bundle

_SAMPLES = sorted((Path(__file__).parents[2] / "docs" / "samples").glob("*.jpg"))
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
        for what, bound in predicted(Bundle.open(values.bundle), largest, pixels).items():
            console.print(f"predicted for a region of {what}: at most {bound / _MIB:.1f} MiB")


def predicted(bundle: Bundle, file: int, pixels: int) -> dict[str, int]:
    """Return how large a region in /dev/shm becomes at most, by kind of process.

    Args:
        bundle: What is served.
        file: Bytes of the largest file.
        pixels: Of the largest page.
    """
    manifest = bundle.manifest
    tile = max(manifest.tile_sides or manifest.tile_sizes) ** 2 * TILE_BYTES
    own = file + answer_bytes(pixels, float_map=False)
    return {
        "a pipeline": region_bytes(own),
        "a pipeline over BLS": region_bytes(own + TILES_AHEAD * tile),
        "a member": region_bytes(manifest.contract.batch.max * tile),
    }


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


if __name__ == "__main__":
    main()
