"""`python -m benchmarks.service LOAD`: see `--help`."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer

from benchmarks.service.library import alone_pages_a_second, stream_pages_a_second
from benchmarks.service.load import LOST, Load, run_load
from benchmarks.service.overhead import measure_overhead
from benchmarks.service.pages import LoadFile, mixed_files, one_tile_files
from benchmarks.service.process import ServiceProcess
from benchmarks.service.soak import soak_detector, soak_service
from benchmarks.service.soak_plot import draw_soak
from benchmarks.service.withstand import large_body, leaving_client, slow_uploads, terminated
from forensics_rt import Detector
from forensics_rt.bench.plot import check_outputs
from forensics_rt.io.writers import write_json

app = typer.Typer(add_completion=False, no_args_is_help=True)
BundleOption = Annotated[str, typer.Option(help="Which bundle runs.")]
RoundsOption = Annotated[int, typer.Option(help="Rounds in which speeds are compared.")]
_ROUND = 48  # files
ClientsOption = Annotated[int, typer.Option(help="Clients at a time.")]


@app.command()
def mixed(
    bundle: BundleOption = "fast",
    requests: int = 2000,
    clients: ClientsOption = 16,
    rounds: RoundsOption = 8,
) -> None:
    """Mixed sizes and PDFs, 2 % bad: answers, latencies, memory, pages a second."""
    _compare(bundle, mixed_files(requests), clients, rounds)


@app.command()
def one_tile(
    bundle: BundleOption = "fast",
    requests: int = 400,
    clients: ClientsOption = 16,
    rounds: RoundsOption = 8,
) -> None:
    """Pages of one tile: what the service gains by computing those of several requests together."""
    _compare(bundle, one_tile_files(requests), clients, rounds)


@app.command()
def overhead(bundle: BundleOption = "fast", requests: int = 200) -> None:
    """One small page, one request after the other: the service beside the library."""
    measure_overhead(bundle, requests)


@app.command()
def withstand(bundle: BundleOption = "fast") -> None:
    """SIGTERM under load, clients that leave, slow uploads, a body of 2 GB."""
    for check in (terminated, leaving_client, slow_uploads, large_body):
        print(f"{check.__name__}: {check(bundle)}", flush=True)


@app.command()
def soak(
    bundle: BundleOption = "fast",
    requests: Annotated[int, typer.Option(help="Small requests to the service; or 0.")] = 100_000,
    images: Annotated[int, typer.Option(help="Images through one detector; or 0.")] = 5_000,
    clients: ClientsOption = 4,
    json: Annotated[Path | None, typer.Option(help="Write what was seen.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw it, a PNG.")] = None,
) -> None:
    """Many small requests and images: memory, handles and threads over time, and drift."""
    check_outputs(json, plot)
    found = []
    if requests:
        found.append(soak_service(bundle, requests, clients))
    if images:
        found.append(soak_detector(bundle, images))
    for one in found:
        print(one.told(), flush=True)
    if json is not None:
        write_json(json, {one.what: asdict(one) for one in found})
    if plot is not None:
        draw_soak(found, plot)


def _compare(bundle: str, files: list[LoadFile], clients: int, rounds: int) -> None:
    """Print what became of the load, and speeds in turns: service, stream, one call at a time."""
    memory: list[int] = []

    def watch() -> bool:
        memory.append(service.memory())
        return False

    with ServiceProcess(["--bundle", bundle]) as service, Detector(bundle) as detector:
        for warm_up in (lambda: run_load(service.port, files[:50], clients),
                        lambda: stream_pages_a_second(detector, files[:50])):  # fmt: skip
            warm_up()  # graphs are compiled
        speeds, spent = [], []
        for number in range(rounds):
            part = files[number * _ROUND : (number + 1) * _ROUND] or files[:_ROUND]
            turns = [
                lambda part=part: run_load(service.port, part, clients).pages_a_second,
                lambda part=part: stream_pages_a_second(detector, part),
                lambda part=part: alone_pages_a_second(detector, part),
            ]
            clocks = [service.processor_seconds, time.process_time, time.process_time]
            found, cost = {}, {}
            for turn in _order(number):
                before = clocks[turn]()
                found[turn] = turns[turn]()
                cost[turn] = (clocks[turn]() - before) / sum(file.good for file in part)
            speeds.append([found[turn] for turn in range(3)])
            spent.append([cost[turn] for turn in range(3)])
        whole = run_load(service.port, files, clients, watch)
    _print_load(whole, memory)
    _print_speeds(np.array(speeds))
    each = np.median(spent, axis=0) * 1000
    print(
        f"processor time a page, medians: service {each[0]:.0f} ms, stream {each[1]:.0f} ms, "
        f"one call at a time {each[2]:.0f} ms"
    )


def _order(number: int) -> list[int]:
    # What comes later in a round must not be the same each time.
    return [(place + number) % 3 for place in range(3)]


def _print_load(load: Load, memory: list[int]) -> None:
    print(f"answers (good file, status): {dict(load.answers)}")
    print(f"lost: {sum(load.answers[good, LOST] for good in (True, False))}")
    print("latency: " + ", ".join(f"p{p} {load.percentile(p):.0f} ms" for p in (50, 95, 99)))
    tenth = max(1, len(memory) // 10)
    print(
        f"memory: {max(memory[tenth : 2 * tenth + 1]) / 1e6:.0f} MB after a tenth of the load, "
        f"{max(memory[-tenth:]) / 1e6:.0f} MB at its end"
    )
    print(f"pages a second: {load.pages_a_second:.2f} of all requests")


def _print_speeds(speeds: npt.NDArray[np.float64]) -> None:
    service, stream, alone = np.median(speeds, axis=0)
    print(
        f"pages a second in {len(speeds)} rounds of {_ROUND} files, medians: "
        f"service {service:.2f}, stream {stream:.2f}, one call at a time {alone:.2f}"
    )
    for column, name in ((1, "stream"), (2, "one call at a time")):
        ratios = np.sort(speeds[:, 0] / speeds[:, column])
        print(f"service / {name}: {np.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})")


if __name__ == "__main__":
    app()
