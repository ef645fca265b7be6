"""The start of a worker: warnings into Triton's log, engines one after the other."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from forensics_rt.backends.base import Backend
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle.opening import Bundle
from forensics_rt.system.cache import cache_folder
from forensics_rt.triton.deployment import AUTO, Deployment


class TritonHandler(logging.Handler):
    """Sends log records to Triton's log.

    Args:
        logger: `Logger` of `triton_python_backend_utils`.
    """

    def __init__(self, logger: Any) -> None:
        super().__init__(logging.INFO)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record at the level that Triton has for it."""
        text = self.format(record)
        if record.levelno >= logging.ERROR:
            self._logger.log_error(text)
        elif record.levelno >= logging.WARNING:
            self._logger.log_warn(text)
        else:
            self._logger.log_info(text)


def log_to_triton(backend: Any) -> None:
    """Have what the package logs appear in Triton's log.

    Args:
        backend: Triton's module `triton_python_backend_utils`.
    """
    logger = logging.getLogger("forensics_rt")
    if not any(isinstance(one, TritonHandler) for one in logger.handlers):
        logger.addHandler(TritonHandler(backend.Logger))
        logger.propagate = False


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let only one worker of this user at a time start its engine.

    The first one measures the number formats and keeps the figures; the others read them, so that
    all instances compute in the same. Two that measure side by side could choose differently.
    """
    import fcntl  # Triton's Python backend is not on Windows

    folder = cache_folder("triton")
    if folder is None:  # cache_folder has warned
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back with the file
        yield


def start_engine(deployment: Deployment, bundle: Bundle) -> Backend:
    """Start the backend that a deployment names.

    Raises:
        BackendUnavailable: If it cannot run here.
    """
    asked = deployment.parameters
    precision: Any = asked.get("precision", AUTO)
    name = asked.get("backend", AUTO)
    device = None if deployment.device == "cpu" else deployment.device
    with one_at_a_time():
        return open_backend(bundle, name, device, threads=deployment.threads, precision=precision)
