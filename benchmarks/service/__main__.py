"""`python -m benchmarks.service LOAD`: see `--help`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from benchmarks.service.library import alone_pages_a_second, stream_pages_a_second
from benchmarks.service.load import LOST, run_load
from benchmarks.service.overhead import measure_overhead
from benchmarks.service.pages import LoadFile, mixed_files, one_tile_files
from benchmarks.service.process import ServiceProcess
from benchmarks.service.withstand import large_body, leaving_client, slow_uploads, terminated
from forensics_rt import Detector

app = typer.Typer(add_completion=False, no_args_is_help=True)
BundleOption = Annotated[str, typer.Option(help="Which bundle runs.")]
ClientsOption = Annotated[int, typer.Option(help="Clients at a time.")]


@app.command()
def mixed(bundle: BundleOption = "fast", requests: int = 2000, clients: ClientsOption = 16) -> None:
    """Mixed sizes and PDFs, 2 % bad: answers, latencies, memory, pages a second."""
    _compare(bundle, mixed_files(requests), clients)


@app.command()
def one_tile(
    bundle: BundleOption = "fast", requests: int = 400, clients: ClientsOption = 16
) -> None:
    """Pages of one tile: what the service gains by computing those of several requests together."""
    _compare(bundle, one_tile_files(requests), clients)


@app.command()
def overhead(bundle: BundleOption = "fast", requests: int = 200) -> None:
    """One small page, one request after the other: the service beside the library."""
    measure_overhead(bundle, requests)


@app.command()
def withstand(bundle: BundleOption = "fast") -> None:
    """SIGTERM under load, clients that leave, slow uploads, a body of 2 GB."""
    for check in (terminated, leaving_client, slow_uploads, large_body):
        print(f"{check.__name__}: {check(bundle)}", flush=True)


def _compare(bundle: str, files: list[LoadFile], clients: int) -> None:
    part = files[: max(50, len(files) // 4)]
    before = _in_library(bundle, part, stream_pages_a_second)
    alone = _in_library(bundle, part, alone_pages_a_second)
    memory: list[int] = []
    with ServiceProcess(["--bundle", bundle, "--max-waiting", "64"]) as service:
        run_load(service.port, part[:50], clients)  # graphs are compiled

        def watch() -> bool:
            memory.append(service.memory())
            return False

        whole = run_load(service.port, files, clients, watch)
        same = run_load(service.port, part, clients)
    after = _in_library(bundle, part, stream_pages_a_second)
    stream = (before + after) / 2
    print(f"answers (good file, status): {dict(whole.answers)}")
    print(f"lost: {sum(whole.answers[good, LOST] for good in (True, False))}")
    print("latency: " + ", ".join(f"p{p} {whole.percentile(p):.0f} ms" for p in (50, 95, 99)))
    tenth = max(1, len(memory) // 10)
    print(
        f"memory: {max(memory[tenth : 2 * tenth]) / 1e6:.0f} MB after a tenth of the load, "
        f"{max(memory[-tenth:]) / 1e6:.0f} MB at its end"
    )
    print(f"pages a second: {whole.pages_a_second:.2f} of all {len(files)} requests")
    print(
        f"the same {len(part)} files: service {same.pages_a_second:.2f}, stream {stream:.2f} "
        f"({before:.2f} before, {after:.2f} after), one by one {alone:.2f}"
    )
    print(
        f"service / stream: {same.pages_a_second / stream:.3f}, "
        f"service / one by one: {same.pages_a_second / alone:.3f}"
    )


def _in_library(
    bundle: str, files: list[LoadFile], measure: Callable[[Detector, list[LoadFile]], float]
) -> float:
    with Detector(bundle) as detector:
        measure(detector, files[:20])  # graphs are compiled
        return measure(detector, files)


if __name__ == "__main__":
    app()
