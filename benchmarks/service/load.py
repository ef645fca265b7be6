"""Many clients at once: what each request was answered, and how long that took."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

import numpy as np

from benchmarks.service.pages import LoadFile

LOST = "lost"  # the connection ended without an answer
REFUSED = "refused"  # there was no connection


@dataclass
class Load:
    """What became of a load.

    Attributes:
        answers: How many requests had which status, by whether their file was good.
        seconds: How long each answered request took.
        wall: How long the load took.
    """

    answers: Counter[tuple[bool, int | str]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0

    @property
    def pages_a_second(self) -> float:
        """Pages with a result, a second."""
        return self.answers[True, 200] / self.wall

    def percentile(self, share: float) -> float:
        """Return the latency in milliseconds that so many percent stay below."""
        return float(np.percentile(self.seconds, share)) * 1000


def run_load(
    port: int,
    files: Iterable[LoadFile],
    clients: int,
    meanwhile: Callable[[], bool] | None = None,
    answered: Callable[[LoadFile, bytes], None] | None = None,
) -> Load:
    """Send each file once, from several clients that each wait for their answer.

    Args:
        port: Of the service.
        files: What is sent.
        clients: How many send.
        meanwhile: Called ten times a second until all is sent; the clients stop once it says so.
        answered: Called with each file that has a result, and the body of its answer; one thread
            at a time.
    """
    load, lock, stopped = Load(), threading.Lock(), threading.Event()
    left = iter(files)

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        while not stopped.is_set():
            with lock:
                file = next(left, None)
            if file is None:
                break
            since = time.perf_counter()
            status, body = _ask(connection, file.data)
            took = time.perf_counter() - since
            with lock:
                load.answers[file.good, status] += 1
                load.seconds.append(took)
                if answered is not None and status == HTTPStatus.OK:
                    answered(file, body)
            if status == REFUSED:
                break
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    since = time.perf_counter()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.1)
        if meanwhile is not None and meanwhile():
            stopped.set()
    load.wall = time.perf_counter() - since
    return load


def _ask(connection: http.client.HTTPConnection, data: bytes) -> tuple[int | str, bytes]:
    headers = {"Content-Type": "application/octet-stream"}
    if connection.sock is None:
        try:
            connection.connect()
        except ConnectionRefusedError:
            return REFUSED, b""
    try:
        connection.request("POST", "/v1/detect", data, headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.will_close:
            connection.close()
        return answer.status, body
    except (OSError, http.client.HTTPException):
        connection.close()
        return LOST, b""
