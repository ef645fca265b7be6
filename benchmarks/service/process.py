"""The service in a process of its own, as `forensics-rt serve` starts it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

_PATIENCE = 120.0


class ServiceProcess:
    """A service on a free port; a `with` block ends it.

    Args:
        options: Of `forensics-rt serve`.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, options: Sequence[str] = ()) -> None:
        """Start it, and wait until it is ready."""
        self._log = Path(tempfile.mkstemp(suffix=".jsonl")[1])
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "forensics_rt", "serve", "--port", "0", *options]
            self._process = subprocess.Popen(command, stderr=log)
        self.port = self._find_port()
        self._wait_until(lambda: self.get("/ready")[0] == 200)

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of an address."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def figure(self, name: str) -> float:
        """Return a figure of `/metrics`."""
        for line in self.get("/metrics")[1].decode().splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
        raise KeyError(name)

    def memory(self) -> int:
        """Return the bytes in memory, those of its children too."""
        process = psutil.Process(self._process.pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))

    def counts(self) -> tuple[int, int]:
        """Return the open file handles and the threads, those of its children too."""
        process = psutil.Process(self._process.pid)
        both = (process, *process.children(recursive=True))
        return sum(one.num_fds() for one in both), sum(one.num_threads() for one in both)

    def processor_seconds(self) -> float:
        """Return the processor time so far, that of its children too."""
        process = psutil.Process(self._process.pid)
        times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait for its end, and return the exit code."""
        return self._process.wait(_PATIENCE)

    def __enter__(self) -> ServiceProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.terminate()
            self.wait()
        self._log.unlink()

    def _find_port(self) -> int:
        found: list[int] = []

        def told() -> bool:
            for line in self._log.read_text().splitlines():
                if '"address"' in line:
                    found.append(int(json.loads(line)["address"].rpartition(":")[2]))
            return bool(found)

        self._wait_until(told)
        return found[0]

    def _wait_until(self, true: object) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                if true():  # type: ignore[operator]
                    return
            except OSError:  # it does not listen yet
                pass
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError(f"the service did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.05)
