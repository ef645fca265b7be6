"""A way in a process of its own: its memory is its own, and no other's threads get in its way."""

from __future__ import annotations

import multiprocessing
import sys
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.peers.ways.registry import WAYS
from benchmarks.peers.ways.way import Networks, WaySetting
from forensics_rt.system.closing import Closing
from forensics_rt.system.memory import peak_bytes


@dataclass(frozen=True)
class About:
    """What a way has to say of itself when it is done.

    Attributes:
        versions: Of the packages that matter.
        pass_seconds: What a pass over a folder costs on top of its images.
        peak_mib: Most memory that its process held at any time; `None` where nothing tells.
    """

    versions: dict[str, str]
    pass_seconds: float
    peak_mib: float | None


class WayFailed(RuntimeError):
    """A way raised in its process; the message holds its traceback."""


class WayProcess(Closing):
    """Starts a way and puts questions to it, one at a time.

    Args:
        name: One of `WAYS`.
        networks: What it runs.
        setting: What the ways agree on.

    Raises:
        WayFailed: If it cannot be opened.
    """

    def __init__(self, name: str, networks: Networks, setting: WaySetting) -> None:
        """Start the process and wait until the way is open."""
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        self._name = name
        self._process = context.Process(
            target=_serve, args=(other, name, networks, setting), daemon=True
        )
        self._process.start()
        other.close()  # or the end of the process would not end the conversation
        self._receive()

    def ask(self, question: str, *arguments: Any) -> Any:
        """Call a method of the way.

        Args:
            question: `seconds` for how long a call took, `about`, or a method such as `plan` or
                `__call__`.
            arguments: Of that method.

        Raises:
            WayFailed: If it raises, or its process ends.
        """
        self._connection.send((question, arguments))
        return self._receive()

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(timeout=30)
        if self._process.is_alive():
            self._process.terminate()

    def _receive(self) -> Any:
        try:
            failed, answer = self._connection.recv()
        except EOFError:
            raise WayFailed(
                f"{self._name}: its process ended; was there too little memory?"
            ) from None
        if failed:
            raise WayFailed(f"{self._name}: {answer}")
        return answer


def _serve(connection: Connection, name: str, networks: Networks, setting: WaySetting) -> None:
    """Open a way and answer questions until the other end is closed."""
    way = WAYS[name]()

    def answer(question: str, arguments: tuple[Any, ...]) -> Any:
        if question == "open":
            way.open(networks, setting)
            # After the way has brought it, for those ways that do.
            if "torch" in sys.modules:
                sys.modules["torch"].set_num_threads(setting.threads)
            return None
        if question == "seconds":
            start = time.perf_counter()
            way(*arguments)
            return time.perf_counter() - start
        if question == "about":
            return About(way.versions(), way.pass_seconds, peak_bytes() / 2**20)
        return getattr(way, question)(*arguments)

    asked: tuple[str, tuple[Any, ...]] = ("open", ())
    while True:
        try:
            reply = (False, answer(*asked))
        except Exception:  # whatever it is, it is the other process that must tell
            reply = (True, traceback.format_exc())
        try:
            connection.send(reply)
            asked = connection.recv()
        except (EOFError, BrokenPipeError):
            break
    way.close()
