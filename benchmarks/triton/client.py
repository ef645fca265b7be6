"""Clients of a Triton server, with the real `tritonclient`, in an environment of its own.

`tritonclient` needs older versions of packages than training here does, so this file is run by
another interpreter and imports nothing of this repository. It prints one line of JSON a request.

    FOLDER/client/bin/python benchmarks/triton/client.py --way http --url 127.0.0.1:8000 \
        --model forensics_rt --clients 16 --requests 50 page.jpg other.png
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

_OUTPUTS = ("result", "probability_png", "probability")
_REGION = 64 << 20


def main() -> None:
    """Send the requests, and print what came of each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--way", choices=("http", "grpc", "http-shm", "grpc-shm"), default="http")
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", default="forensics_rt")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--requests", type=int, help="of each client (default: each file once)")
    parser.add_argument("--brief", action="store_true", help="ask for the JSON and the PNG alone")
    parser.add_argument("files", nargs="+", type=Path)
    values = parser.parse_args()
    files = [path.read_bytes() for path in values.files]
    requests = values.requests or len(files)
    printing = threading.Lock()

    def work(client: int) -> None:
        asker = Asker(values.way, values.url, values.model, values.brief)
        for request in range(requests):
            number = (client * requests + request) % len(files)
            begun, start = time.time(), time.perf_counter()
            said = asker.ask(files[number], values.files[number].name)
            said |= {"client": client, "request": request, "file": number, "begun": begun}
            said["seconds"] = round(time.perf_counter() - start, 4)
            with printing:
                sys.stdout.write(json.dumps(said) + "\n")
        asker.close()

    threads = [threading.Thread(target=work, args=(client,)) for client in range(values.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Asker:
    """One client.

    Args:
        way: How it talks to the server.
        url: Of the server.
        model: That it asks.
        brief: Whether it leaves the float map out.
    """

    def __init__(self, way: str, url: str, model: str, brief: bool) -> None:
        if way.startswith("http"):
            import tritonclient.http as kind

            self._client = kind.InferenceServerClient(
                url, connection_timeout=60.0, network_timeout=120.0
            )
        else:
            import tritonclient.grpc as kind

            self._client = kind.InferenceServerClient(url)
        self._kind: Any = kind
        self._model = model
        self._brief = brief
        self._regions: dict[str, Any] = {}
        if way.endswith("-shm"):
            self._register()

    def ask(self, file: bytes, name: str) -> dict[str, Any]:
        """Send a file, and return what came: digests of the maps and the JSON, or the error."""
        options = json.dumps({"name": name, "float_map": not self._brief}).encode()
        inputs = [self._input("file", file), self._input("options", options)]
        names = _OUTPUTS[: 2 if self._brief else 3]
        try:
            found = self._client.infer(self._model, inputs, outputs=list(map(self._output, names)))
        except Exception as error:  # whatever it is, it is what the client was told
            status = getattr(error, "status", lambda: None)()
            return {"ok": False, "status": status, "reason": str(error)[:500]}
        arrays = {one: self._read(found, one) for one in names}
        said = {one: hashlib.sha256(array.tobytes()).hexdigest() for one, array in arrays.items()}
        return said | {"ok": True, "result": json.loads(arrays["result"].tobytes())}

    def close(self) -> None:
        """Give shared memory back."""
        if self._regions:
            from tritonclient.utils import shared_memory

            for name, (region, _) in self._regions.items():
                self._client.unregister_system_shared_memory(name)
                shared_memory.destroy_shared_memory_region(region)
        self._client.close()

    def _register(self) -> None:
        from tritonclient.utils import shared_memory

        for role in ("file", *_OUTPUTS):
            name = f"{role}-{uuid4().hex}"
            region = shared_memory.create_shared_memory_region(name, f"/{name}", _REGION)
            self._client.register_system_shared_memory(name, f"/{name}", _REGION)
            self._regions[name] = (region, role)

    def _region(self, role: str) -> tuple[str, Any] | None:
        named = {of: (name, region) for name, (region, of) in self._regions.items()}
        return named.get(role)

    def _input(self, name: str, data: bytes) -> Any:
        array = np.frombuffer(data, np.uint8)
        given = self._kind.InferInput(name, [len(array)], "UINT8")
        shared = self._region(name)
        if shared is None:
            given.set_data_from_numpy(array)
            return given
        from tritonclient.utils import shared_memory

        shared_memory.set_shared_memory_region(shared[1], [array])
        given.set_shared_memory(shared[0], len(array))
        return given

    def _output(self, name: str) -> Any:
        wanted = self._kind.InferRequestedOutput(name)
        shared = self._region(name)
        if shared is not None:
            wanted.set_shared_memory(shared[0], _REGION)
        return wanted

    def _read(self, found: Any, name: str) -> Any:
        shared = self._region(name)
        if shared is None:
            return found.as_numpy(name)
        from tritonclient.utils import shared_memory

        output = found.get_output(name)
        shape = output["shape"] if isinstance(output, dict) else list(output.shape)
        kind: Callable[..., Any] = np.float32 if name == "probability" else np.uint8
        return np.array(shared_memory.get_contents_as_numpy(shared[1], kind, shape))


if __name__ == "__main__":
    main()
