"""The server process: a socket, uvicorn, and an end that loses no accepted request."""

from __future__ import annotations

import logging
import socket
import time
from ipaddress import ip_address
from types import FrameType

import uvicorn
from fastapi import FastAPI

from forensics_rt.detector import Detector
from forensics_rt.errors import AddressUnavailable
from forensics_rt.serve.app import create_app
from forensics_rt.serve.drain import Drain
from forensics_rt.serve.settings import Settings

_log = logging.getLogger(__name__)
_BACKLOG = 1024


def serve(detector: Detector, settings: Settings, listener: socket.socket) -> None:
    """Answer requests until SIGTERM or Ctrl-C; a second one ends at once.

    Args:
        detector: Runs everything; it stays the caller's to close.
        settings: How the service is run.
        listener: Where, see `listen`.
    """
    listener.listen(_BACKLOG)  # now: who reads the log may connect
    host, port = listener.getsockname()[:2]
    told = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    _log.info("serving at %s", told, extra={"fields": {"address": told}})
    warn_if_open(host, settings)
    make_server(detector, settings).run([listener])


def warn_if_open(host: str, settings: Settings) -> None:
    """Log a warning if others than this machine can reach the service, and it asks for no token."""
    if settings.token is None and not ip_address(host.partition("%")[0]).is_loopback:
        _log.warning(
            "the service listens at %s and has no token: whoever reaches this address can use it; "
            "give --token-file or FORENSICS_RT_TOKEN, or listen at 127.0.0.1",
            host,
        )


def make_server(detector: Detector, settings: Settings) -> uvicorn.Server:
    """Return the server, to be run on a listener; `should_exit` ends it.

    Args:
        detector: Runs everything; it stays the caller's to close.
        settings: How the service is run.
    """
    app = create_app(detector, settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        backlog=_BACKLOG,
    )
    return _Server(config, app)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound.

    Args:
        host: Address to listen at.
        port: Likewise; 0 for a free one.

    Raises:
        AddressUnavailable: If that is not possible.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except BaseException:
            listener.close()
            raise
    except (OSError, OverflowError) as error:
        raise AddressUnavailable(
            f"port {port} of {host} cannot be listened at: {error}; give "
            "another one with --host and --port"
        ) from error
    return listener


class _Server(uvicorn.Server):
    """Goes on to answer while accepted work is finished, and ends then."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._drain: Drain = app.state.drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; the second time, call off what is not answered."""
        if self._drain.begun:
            self._drain.hurry()
        self._drain.begin()

    async def on_tick(self, counter: int) -> bool:
        """Tell whether to end, ten times a second."""
        if self._drain.begun and self._drain.finished(time.monotonic()):
            self.should_exit = True
        return await super().on_tick(counter)
