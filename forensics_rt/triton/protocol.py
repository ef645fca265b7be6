"""The few calls of Triton's HTTP interface that looking after a server needs."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import quote, urlsplit

from forensics_rt.errors import ServerUnreachable
from forensics_rt.triton.names import FIRST
from forensics_rt.triton.replies import JSON_LENGTH, Reply, reply_of

_HTTP_PORT = 80
_STAMP = "loaded_again"  # parameter of a model


class TritonHttp:
    """A server by its address; every call is a connection of its own. Thread-safe.

    Args:
        url: Such as `http://127.0.0.1:8000`.
        timeout: Seconds that a call may take.

    Raises:
        ServerUnreachable: If the address is none.

    Example:
        >>> TritonHttp("127.0.0.1:8000").address
        ('127.0.0.1', 8000)
    """

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
        try:
            port = parts.port or _HTTP_PORT
        except ValueError:
            port = 0
        if parts.scheme != "http" or not parts.hostname or not port:
            raise ServerUnreachable(
                f"the address must look like http://127.0.0.1:8000, but is {url!r}"
            )
        self.address = (parts.hostname, port)
        self._timeout = timeout
        self._path = parts.path.rstrip("/")

    def infer(self, model: str, name: str, data: bytes, shape: list[int], wanted: str) -> Reply:
        """Run a model on one UINT8 input, before all requests that wait.

        Args:
            model: Its name.
            name: Of the input.
            data: What it holds.
            shape: Its shape.
            wanted: Name of the output asked for.

        Raises:
            ServerUnreachable: If there is no answer.
        """
        sizes = {"binary_data_size": len(data)}
        head = {
            "inputs": [{"name": name, "shape": shape, "datatype": "UINT8", "parameters": sizes}],
            "outputs": [{"name": wanted, "parameters": {"binary_data": True}}],
            "parameters": {"priority": FIRST},
        }
        text = json.dumps(head).encode()
        path = f"/v2/models/{quote(model)}/infer"
        return self._post(path, text + data, {JSON_LENGTH: str(len(text))})

    def config(self, model: str) -> dict[str, Any] | None:
        """Return the configuration of a model; `None` if it is not loaded.

        Raises:
            ServerUnreachable: If there is no answer.
        """
        reply = self._ask("GET", f"/v2/models/{quote(model)}/config", b"", {}, self._timeout)
        try:
            found = json.loads(reply.text) if reply.status == http.client.OK else None
        except ValueError:
            found = None
        return found if isinstance(found, dict) else None

    def load(self, model: str, timeout: float) -> Reply:
        """Load a model, or load it again: all its workers are then new.

        The old workers answer until the new ones are ready. The server would leave a model as it is
        whose files have not changed, dead workers too, and answer 200; so it is given the model's
        configuration with one parameter more.

        Args:
            model: Its name.
            timeout: Seconds that it may take.

        Raises:
            ServerUnreachable: If there is no answer.
        """
        asked: dict[str, Any] = {}
        config = self.config(model)
        if config is not None:
            config.setdefault("parameters", {})[_STAMP] = {"string_value": str(time.time_ns())}
            asked = {"parameters": {"config": json.dumps(config)}}
        path = f"/v2/repository/models/{quote(model)}/load"
        return self._ask("POST", path, json.dumps(asked).encode(), {}, timeout)

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        return self._ask("POST", path, body, headers, self._timeout)

    def _ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str], timeout: float
    ) -> Reply:
        connection = http.client.HTTPConnection(*self.address, timeout=timeout)
        try:
            connection.request(method, self._path + path, body, headers)
            response = connection.getresponse()
            length, data = response.getheader(JSON_LENGTH), response.read()
        except (OSError, http.client.HTTPException) as error:
            host, port = self.address
            raise ServerUnreachable(
                f"{host}:{port} gives no answer to {method} {path}: "
                f"{str(error) or type(error).__name__}"
            ) from error
        finally:
            connection.close()
        return reply_of(response.status, data, None if length is None else int(length))
