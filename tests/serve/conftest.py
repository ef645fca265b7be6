"""A real server on loopback, around a small bundle."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx
import numpy as np
import pytest
import uvicorn
from PIL import Image

from forensics_rt import Detector
from forensics_rt.backends.numpy import NumpyBackend
from forensics_rt.serve.server import listen, make_server
from forensics_rt.serve.service import Service
from forensics_rt.serve.settings import Limits, Settings

IN_PROCESS = Settings(isolate=False)
_PATIENCE = 10.0


@dataclass(frozen=True)
class Served:
    """A running service.

    Attributes:
        http: A client of it.
        address: Where it listens.
        port: Likewise.
        server: Runs it.
    """

    http: httpx.Client
    address: str
    port: int
    server: uvicorn.Server

    @property
    def service(self) -> Service:
        """What it consists of."""
        return self.server.config.app.state.drain._service  # type: ignore[union-attr,no-any-return]


@contextmanager
def serving(detector: Detector, settings: Settings = IN_PROCESS) -> Iterator[Served]:
    """Run a service on a thread while the block runs."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = make_server(detector, settings)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{port}"
    headers = {} if settings.token is None else {"Authorization": f"Bearer {settings.token}"}
    with httpx.Client(base_url=address, timeout=_PATIENCE, headers=headers) as http:
        until(lambda: server.started)
        yield Served(http, address, port, server)
        server.should_exit = True
        thread.join(_PATIENCE)
        assert not thread.is_alive()


def until(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + _PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.005)


@pytest.fixture
def serve(detector: Detector) -> Iterator[Callable[..., Served]]:
    """Start services with other settings; they end with the test."""
    with ExitStack() as stack:

        def start(
            settings: Settings = IN_PROCESS, on: Detector | None = None, **limits: object
        ) -> Served:
            if limits:
                settings = Settings(
                    Limits(**limits),
                    settings.token,
                    isolate=settings.isolate,  # type: ignore[arg-type]
                )
            served = stack.enter_context(serving(on or detector, settings))
            until(lambda: served.http.get("/ready").status_code == 200)
            return served

        yield start


@pytest.fixture
def http(serve: Callable[..., Served]) -> httpx.Client:
    """A client of a service with its defaults."""
    return serve().http


class Gate(NumpyBackend):
    """The numpy backend, whose calls wait while the gate is shut.

    Attributes:
        calls: How many came since it was shut.
    """

    def __init__(self, bundle: object) -> None:
        super().__init__(bundle)  # type: ignore[arg-type]
        self.calls = 0
        self._open = threading.Event()
        self._open.set()

    def shut(self) -> None:
        """Let nobody through."""
        self.calls = 0
        self._open.clear()

    def open(self) -> None:
        """Let all through."""
        self._open.set()

    def _infer(self, member: int, images: np.ndarray) -> np.ndarray:
        self.calls += 1
        assert self._open.wait(_PATIENCE)
        return super()._infer(member, images)


@pytest.fixture
def gate(bundle: object) -> Iterator[tuple[Detector, Gate]]:
    """A detector whose engine waits, and its gate."""
    backend = Gate(bundle)
    with Detector(bundle, backend) as detector:  # type: ignore[arg-type]
        yield detector, backend
        backend.open()


def png(pixels: np.ndarray) -> bytes:
    """Return pixels as the bytes of a PNG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Return an image whose tiles are all different."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def tiff(*pages: np.ndarray) -> bytes:
    """Return pages as the bytes of a TIFF."""
    file = io.BytesIO()
    first, *others = map(Image.fromarray, pages)
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()


def pdf(*pages: np.ndarray) -> bytes:
    """Return pages as the bytes of a PDF of scans."""
    file = io.BytesIO()
    first, *others = map(Image.fromarray, pages)
    first.save(file, "PDF", save_all=True, append_images=others, quality=95)
    return file.getvalue()
