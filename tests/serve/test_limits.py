"""What is too large, too slow or too much is refused, and the service goes on."""

import asyncio
import socket
import threading

import pytest

from tests.serve.conftest import noise, png, tiff, until


def answer_to(client: socket.socket) -> bytes:
    """Read an answer up to the end of its connection."""
    said = b""
    while part := client.recv(65536):
        said += part
    return said


def head(length: int | None = None, kind: str = "application/octet-stream") -> bytes:
    """The head of a request by hand; chunked without a length."""
    how = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"POST /v1/detect HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{how}\r\n\r\n".encode()


def test_a_length_that_is_too_large_is_refused_before_the_body(serve):
    served = serve(bytes=100_000)
    with socket.create_connection(("127.0.0.1", served.port), 30) as client:
        client.sendall(head(2_000_000_000))
        said = answer_to(client)
    assert said.startswith(b"HTTP/1.1 413") and b"BodyTooLarge" in said


def test_a_body_that_grows_too_large_is_refused_while_it_arrives(serve):
    served = serve(bytes=1_000_000)
    part = b"10000\r\n" + bytes(65536) + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", served.port), 30) as client:
        client.sendall(head())
        client.settimeout(0.2)
        try:
            while sent < 2_000_000_000:
                sent += client.send(part)
        except OSError:  # nobody reads on
            pass
    # What the two ends of a connection hold on their way is not read.
    assert sent < 20_000_000
    assert served.http.get("/health").status_code == 200
    assert "forensics_rt_upload_bytes 0.0" in served.http.get("/metrics").text


def test_of_an_endless_body_no_more_is_taken_than_the_part_that_goes_beyond_the_limit(serve):
    app = serve(bytes=1_000_000).server.config.app
    part, taken, sent = bytes(65536), [], []

    async def receive() -> dict[str, object]:
        taken.append(len(part))
        return {"type": "http.request", "body": part, "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asked = {"type": "http", "method": "POST", "path": "/v1/detect", "query_string": b""}
    headers = [(b"content-type", b"application/octet-stream")]
    connection = {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1), "scheme": "http"}
    asyncio.run(app({**asked, **connection, "headers": headers}, receive, send))

    assert sent[0]["status"] == 413
    assert 1_000_000 < sum(taken) <= 1_000_000 + len(part)


def test_a_slow_body_is_given_up(serve):
    served = serve(upload_seconds=0.2)
    with socket.create_connection(("127.0.0.1", served.port), 30) as client:
        client.sendall(head(1000) + b"x")
        said = answer_to(client)
    assert said.startswith(b"HTTP/1.1 408") and b"UploadTooSlow" in said


def test_slow_bodies_do_not_block_others(serve, page):
    served = serve()
    slow = [socket.create_connection(("127.0.0.1", served.port), 30) for _ in range(32)]
    try:
        for client in slow:
            client.sendall(head(1000) + b"x")
        assert served.http.post("/v1/detect", content=png(page)).status_code == 200
    finally:
        for client in slow:
            client.close()


def test_all_bodies_together_are_limited(serve, page):
    served = serve(held_bytes=100)
    answer = served.http.post("/v1/detect", content=png(noise(64, 64)))
    assert (answer.status_code, answer.json()["error"]) == (503, "TooManyUploads")
    assert answer.headers["retry-after"] == "5"


def test_an_image_of_too_many_pixels_is_refused(serve, bundle):
    from forensics_rt import Detector

    with Detector(bundle, "numpy", max_pixels=70_000) as small:
        answer = serve(on=small).http.post("/v1/detect", content=png(noise(300, 300)))
    assert (answer.status_code, answer.json()["error"]) == (413, "ImageTooLarge")


def test_a_document_of_too_many_pages_is_refused(serve):
    http = serve(pages=2).http
    three = tiff(*(noise(16, 16, seed) for seed in range(3)))
    (line,) = http.post("/v1/batch", files=[("file", ("a.tif", three))]).text.splitlines()
    assert '"TooManyPages"' in line
    lines = http.post("/v1/batch?pages=2-3", files=[("file", ("a.tif", three))]).text.splitlines()
    assert len(lines) == 2 and '"TooManyPages"' not in "".join(lines)


@pytest.fixture
def busy(serve, gate):
    """A service whose engine waits, with as many images as it takes, and one that waits."""
    detector, backend = gate
    served = serve(on=detector, waiting=1)
    backend.shut()
    answers = []

    def ask(seed):
        answers.append(served.http.post("/v1/detect", content=png(noise(64, 64, seed))).status_code)

    threads = []
    queue = served.service.queue
    while queue.depth < 1:
        thread = threading.Thread(target=ask, args=(len(threads),))
        thread.start()
        threads.append(thread)
        before = len(threads)
        until(lambda before=before: queue.under_way + queue.depth >= before)
    yield served, backend, answers
    backend.open()
    for thread in threads:
        thread.join(10)
    assert set(answers) == {200}


def test_a_full_queue_says_when_to_ask_again(busy):
    served, _, _ = busy
    answer = served.http.post("/v1/detect", content=png(noise(64, 64, 99)))
    assert (answer.status_code, answer.json()["error"]) == (429, "QueueFull")
    assert int(answer.headers["retry-after"]) >= 1
    assert "forensics_rt_queue_depth 1.0" in served.http.get("/metrics").text


def test_a_deadline_ends_the_wait(serve, gate):
    detector, backend = gate
    served = serve(on=detector, deadline_seconds=0.2)
    backend.shut()
    answer = served.http.post("/v1/detect", params={"deadline": 5}, content=png(noise(64, 64, 1)))
    assert (answer.status_code, answer.json()["error"]) == (504, "DeadlineExceeded")
    backend.open()
    queue = served.service.queue
    until(lambda: queue.under_way == 0)


def test_too_many_requests_at_a_time(serve, gate, page):
    detector, backend = gate
    served = serve(on=detector, requests=1)
    backend.shut()
    inside = served.service
    first = threading.Thread(
        target=served.http.post, args=("/v1/detect",), kwargs={"content": png(page)}
    )
    first.start()
    until(lambda: inside.requests_inside == 1)
    answer = served.http.post("/v1/detect", content=b"x")
    assert (answer.status_code, answer.json()["error"]) == (429, "TooManyRequests")
    assert served.http.get("/health").status_code == 200
    backend.open()
    first.join(10)
