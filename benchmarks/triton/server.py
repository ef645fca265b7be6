"""A real Triton server for tests and measurements: from a wheel, without a GPU or a container.

`wheel` says where it comes from.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.triton.wheel import FOLDER, backends, binary

_ROOT = Path(__file__).parents[2]
_READY_SECONDS = 180.0
_REGION = "triton_python_backend_shm_region_"


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        pid: Of its process.
        http: Address of its HTTP interface, without `http://`.
        grpc: Address of its gRPC interface.
        log: File of what it says.
        regions: Files in `/dev/shm` of workers that were seen.
    """

    pid: int
    http: str
    grpc: str
    log: Path
    regions: set[Path] = field(default_factory=set)

    def workers(self, model: str) -> list[psutil.Process]:
        """Return the processes of a Python model that live."""
        return [one for one in self.processes() if f"/{model}/1/model.py" in _command_of(one)]

    def processes(self) -> list[psutil.Process]:
        """Return the server and all its workers, the dead ones too."""
        server = psutil.Process(self.pid)
        workers = server.children(recursive=True)
        for words in map(_command_of, workers):
            named = [word for word in words.split() if word.startswith(_REGION)]
            self.regions.update(Path("/dev/shm") / name for name in named)
        return [server, *workers]


@contextmanager
def running(
    repository: Path,
    models: Sequence[str],
    scratch: Path,
    *,
    python: Path | None = None,
    options: Sequence[str] = (),
) -> Iterator[Server]:
    """Run a server until the block ends.

    Args:
        repository: Its models. Their `model.py` are changed to import this checkout.
        models: Which are loaded, in this order.
        scratch: Folder for links and its log.
        python: The interpreter whose packages the models use; `None` for this one.
        options: More of the command line.

    Raises:
        RuntimeError: If it does not start; the message ends with its log.
    """
    python = python or Path(sys.executable)
    home = Path(os.environ[FOLDER])
    ports = _free_ports(3)
    log = scratch / "triton.log"
    names = ("http", "grpc", "metrics")
    command = [
        str(binary(home)),
        f"--model-repository={repository}",
        f"--backend-directory={backends(home, scratch, python)}",
        "--disable-auto-complete-config",
        "--model-control-mode=explicit",
        "--exit-timeout-secs=3",
        *(f"--load-model={model}" for model in models),
        *(f"--{name}-address=127.0.0.1" for name in names),
        *(f"--{name}-port={port}" for name, port in zip(names, ports, strict=True)),
        *options,
    ]
    _import_this_checkout(repository)
    environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"}
    library = sysconfig.get_config_var("LIBDIR")
    environment["LD_LIBRARY_PATH"] = f"{library}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
    server = Server(process.pid, f"127.0.0.1:{ports[0]}", f"127.0.0.1:{ports[1]}", log)
    try:
        _wait_until_ready(process, server)
        yield server
        server.processes()
    finally:
        _end(process)
        for region in server.regions:  # those of dead workers stay
            region.unlink(missing_ok=True)


def _command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.ZombieProcess, psutil.NoSuchProcess):
        return ""


def _import_this_checkout(repository: Path) -> None:
    line = f"import sys; sys.path.insert(0, {str(_ROOT)!r})\n"
    for model in repository.glob("*/1/model.py"):
        text = model.read_text(encoding="utf-8")
        if not text.startswith(line):
            model.write_text(line + text, encoding="utf-8")


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def _wait_until_ready(process: subprocess.Popen[bytes], server: Server) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{server.http}/v2/health/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    said = server.log.read_text(errors="replace")[-4000:]
    raise RuntimeError(f"the server did not start:\n{said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
