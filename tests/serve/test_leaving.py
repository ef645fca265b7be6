"""A client that leaves, and what becomes of its work."""

import socket

from forensics_rt.plan.tiling import Plan
from tests.serve.conftest import noise, png, until
from tests.serve.test_limits import head


def tiles(detector, height: int, width: int) -> int:
    plan: Plan = detector.setup.plan(height, width)
    return len(plan.tiles)


def test_the_engine_is_free_after_the_present_tiles(serve, gate):
    detector, backend = gate
    served = serve(on=detector)
    backend.shut()
    data = png(noise(300, 300))
    assert tiles(detector, 300, 300) > 8
    client = socket.create_connection(("127.0.0.1", served.port), 30)
    client.sendall(head(len(data)) + data)
    until(lambda: backend.calls == 1)
    client.close()
    until(lambda: 'outcome="left"' in served.http.get("/metrics").text)
    backend.open()
    queue = served.service.queue
    until(lambda: queue.under_way == 0)
    assert backend.calls <= 2  # the tile that was there, and one that was on its way
    assert served.http.post("/v1/detect", content=png(noise(20, 20))).status_code == 200


def test_an_image_that_waits_is_forgotten_at_once(serve, gate):
    detector, backend = gate
    served = serve(on=detector)
    backend.shut()
    queue = served.service.queue
    clients = []
    while queue.depth < 2:
        data = png(noise(20, 20, len(clients)))
        clients.append(socket.create_connection(("127.0.0.1", served.port), 30))
        clients[-1].sendall(head(len(data)) + data)
        before = len(clients)
        until(lambda before=before: queue.under_way + queue.depth >= before)
    clients[-1].close()
    until(lambda: queue.depth == 1)
    backend.open()
    for client in clients[:-1]:
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        client.close()
