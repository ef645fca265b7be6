"""What the service must withstand; each returns what was seen, as a sentence."""

from __future__ import annotations

import contextlib
import io
import socket
import time

import numpy as np
from PIL import Image

from benchmarks.service.load import LOST, run_load
from benchmarks.service.pages import mixed_files, one_tile_files
from benchmarks.service.process import ServiceProcess


def terminated(bundle: str) -> str:
    """Send SIGTERM under load from 16 clients."""
    with ServiceProcess(["--bundle", bundle]) as service:
        since = time.monotonic()

        def end_after_a_while() -> bool:
            if time.monotonic() - since > 3 and not sent:
                sent.append(time.monotonic())
                service.terminate()
            return False

        sent: list[float] = []
        load = run_load(service.port, mixed_files(400), 16, end_after_a_while)
        code = service.wait()
        took = time.monotonic() - sent[0]
    lost = sum(load.answers[good, LOST] for good in (True, False))
    return f"{dict(load.answers)}; {lost} lost; ended {took:.1f} s after SIGTERM with code {code}"


def leaving_client(bundle: str) -> str:
    """Leave while a page of many tiles is computed."""
    image = np.random.default_rng(0).integers(0, 256, (4000, 4000, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=80)
    with ServiceProcess(["--bundle", bundle]) as service:
        tile = run_load(service.port, one_tile_files(20), 1).percentile(50) / 1000
        client = socket.create_connection(("127.0.0.1", service.port))
        client.sendall(_head(len(file.getvalue())) + file.getvalue())
        while service.figure("forensics_rt_images_under_way") == 0:
            time.sleep(0.02)
        time.sleep(3)  # by now it is decoded, and tiles are computed
        computing = service.figure("forensics_rt_images_under_way")
        client.close()
        since = time.monotonic()
        while service.figure("forensics_rt_images_under_way"):
            time.sleep(0.01)
        freed = time.monotonic() - since
    return (
        f"{computing:.0f} image computed; free after {freed:.2f} s, a small page takes {tile:.2f} s"
    )


def slow_uploads(bundle: str) -> str:
    """Answer a client while 32 others send a byte now and then."""
    files = one_tile_files(30)
    with ServiceProcess(["--bundle", bundle]) as service:
        run_load(service.port, files, 1)
        alone = run_load(service.port, files, 1).percentile(50)
        slow = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(32)]
        for client in slow:
            client.sendall(_head(1_000_000) + b"x")
        beside = run_load(service.port, files, 1)
        for client in slow:
            client.close()
    return (
        f"{dict(beside.answers)}; p50 {alone:.0f} ms alone, {beside.percentile(50):.0f} ms beside"
    )


def large_body(bundle: str) -> str:
    """Send 2 GB without saying so before."""
    part = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    with ServiceProcess(["--bundle", bundle]) as service:
        before = service.memory()
        sent = 0
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.settimeout(10)
            client.sendall(_head(None))
            with contextlib.suppress(OSError):
                while sent < 2_000_000_000:
                    client.sendall(part)
                    sent += 1 << 20
        grown = service.memory() - before
        alive = service.get("/health")[0]
    return (
        f"{sent / 1e6:.1f} MB taken at a limit of 64 MB, of which the last few are in the buffers "
        f"of the connection; memory {grown / 1e6:+.0f} MB; /health {alive}"
    )


def _head(length: int | None) -> bytes:
    how = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        f"POST /v1/detect HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n{how}"
        "\r\n\r\n"
    ).encode()
