"""Ways through a Triton server, and without one, that take the same files."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.triton import wheel
from benchmarks.triton.server import Server

_CLIENT = Path(__file__).with_name("client.py")


@dataclass(frozen=True)
class Took:
    """What a number of pages took.

    Attributes:
        pages: How many there were.
        wall: Seconds from the first request to the last answer.
        processor: Seconds of the processor, in the server or the detector; clients do not count.
        refused: How many requests failed, by reason.
    """

    pages: int
    wall: float
    processor: float
    refused: Counter[str]


class ServerWay:
    """A model of a server that runs, asked by real clients.

    Args:
        server: That runs.
        model: Its name.
        clients: How many ask at once.
    """

    def __init__(self, server: Server, model: str, clients: int) -> None:
        self._server, self._model, self._clients = server, model, clients

    def run(self, files: Sequence[Path], pages: int) -> Took:
        """Have the files examined, in turn, until there were so many pages."""
        python = Path(os.environ[wheel.FOLDER]) / "client" / "bin" / "python"
        requests = -(-pages // self._clients)
        words = [python, _CLIENT, "--url", self._server.http, "--model", self._model, "--brief"]
        words += ["--clients", str(self._clients), "--requests", str(requests)]
        before = self._processor()
        said = subprocess.run(
            [*map(str, words), *map(str, files)], check=True, capture_output=True, text=True
        )
        spent = self._processor() - before
        lines: list[dict[str, Any]] = [json.loads(line) for line in said.stdout.splitlines()]
        ended = max(line["begun"] + line["seconds"] for line in lines)
        refused = Counter(line["reason"] for line in lines if not line["ok"])
        return Took(len(lines), ended - min(line["begun"] for line in lines), spent, refused)

    def _processor(self) -> float:
        return sum(
            sum(process.cpu_times()[:2])
            for process in self._server.processes()
            if process.status() != psutil.STATUS_ZOMBIE
        )


class DetectorWay:
    """`Detector.stream` in a process of its own, which makes the answers of the server.

    Args:
        pipe: To that process.
    """

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe

    def run(self, files: Sequence[Path], pages: int) -> Took:
        """Have the files examined, in turn, until there were so many pages."""
        self._pipe.send(([str(path) for path in files], pages))
        wall, processor = self._pipe.recv()
        return Took(pages, wall, processor, Counter())


@contextmanager
def detector_way(bundle: str) -> Iterator[DetectorWay]:
    """Run a detector in a process of its own until the block ends."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_detect, args=(theirs, bundle))
    process.start()
    try:
        yield DetectorWay(ours)
    finally:
        ours.send(None)
        process.join()


def _detect(pipe: Any, bundle: str) -> None:
    from forensics_rt import Detector
    from forensics_rt.triton.answers import outputs_of
    from forensics_rt.triton.names import PROBABILITY_PNG, RESULT
    from forensics_rt.triton.options import RequestOptions

    with Detector(bundle) as detector:
        while (asked := pipe.recv()) is not None:
            names, pages = asked
            data = [Path(name).read_bytes() for name in names]
            start, spent = time.perf_counter(), time.process_time()
            for found in detector.stream(data[number % len(data)] for number in range(pages)):
                outputs_of(found, (RESULT, PROBABILITY_PNG), RequestOptions())
            pipe.send((time.perf_counter() - start, time.process_time() - spent))
