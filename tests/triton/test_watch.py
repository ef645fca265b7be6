"""When a model is loaded again: rules, against a server that says what the test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from forensics_rt.errors import ServerUnreachable
from forensics_rt.triton.probe import judge, probe
from forensics_rt.triton.protocol import TritonHttp
from forensics_rt.triton.replies import Reply
from forensics_rt.triton.watch import Watch, WatchRules

HEALTHY = (200, "")
DEAD = (500, "Stub process 'forensics_rt_0_0' is not healthy.")
FULL = (503, "Exceeds maximum queue size")
CONFIG = {
    "instance_group": [{"count": 2}],
    "input": [{"name": "file", "dims": ["-1"]}],
    "parameters": {"recipe": {"string_value": "balanced"}},
}


class PlayedTriton(ThreadingHTTPServer):
    """Answers probes with what is in `says`, in turn, and counts loads."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.says = [HEALTHY]
        self.load_says = (200, "")
        self.after_load = [HEALTHY]
        self.loads = []
        self.probes = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: PlayedTriton

    def do_GET(self):
        self.reply(200, json.dumps(CONFIG).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/load"):
            self.server.loads.append(json.loads(body))
            status, text = self.server.load_says
            if status == 200:
                self.server.says = self.server.after_load
            return self.reply(status, json.dumps({"error": text} if text else {}).encode())
        status, text = self.server.says[self.server.probes % len(self.server.says)]
        self.server.probes += 1
        if status != 200:
            return self.reply(status, json.dumps({"error": text}).encode())
        result = b'{"schema": 2}'
        head = {"outputs": [{"name": "result", "parameters": {"binary_data_size": len(result)}}]}
        text = json.dumps(head).encode()
        return self.reply(200, text + result, str(len(text)))

    def reply(self, status, body, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if length is not None:
            self.send_header("Inference-Header-Content-Length", length)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said):
        pass


@pytest.fixture
def triton() -> Iterator[PlayedTriton]:
    with PlayedTriton() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def watch_of(triton, clock=None, **rules):
    clock = clock or Clock()
    return Watch(TritonHttp(triton.url), ["forensics_rt"], WatchRules(**rules), now=clock)


def test_one_dead_worker_of_two_is_found_and_the_model_loaded_again(triton):
    triton.says = [HEALTHY, DEAD]
    watch = watch_of(triton)
    assert [health.state for health in watch.round()] == ["worker dead"]
    assert [health.state for health in watch.round()] == ["answers"]
    assert len(triton.loads) == 1
    assert watch.counts["reloads"] == 1


def test_the_configuration_is_sent_changed_for_else_nothing_is_loaded(triton):
    triton.says = [DEAD]
    watch_of(triton).round()
    (sent,) = triton.loads
    parameters = json.loads(sent["parameters"]["config"])["parameters"]
    assert parameters["recipe"] == CONFIG["parameters"]["recipe"]
    assert set(parameters) == {"recipe", "loaded_again"}


def test_a_full_queue_is_no_reason(triton):
    triton.says = [FULL]
    watch = watch_of(triton, failures=1)
    assert [health.state for health in watch.round()] == ["busy"]
    assert triton.loads == []


def test_other_failures_are_borne_for_some_rounds(triton):
    triton.says = [(500, "forensics_rt: the engine failed")]
    watch = watch_of(triton, failures=3)
    loads = [len(triton.loads) for _ in range(3) if watch.round()]
    assert loads == [0, 0, 1]


def test_loads_that_do_not_help_come_ever_later_and_then_it_gives_up(triton):
    triton.says = triton.after_load = [DEAD]
    clock = Clock()
    watch = watch_of(triton, clock, every=10.0, most_reloads=3)
    at = []
    with pytest.raises(ServerUnreachable, match=r"loaded 3 times in a row.*start the server again"):
        for clock.seconds in range(0, 1000, 10):
            before = len(triton.loads)
            watch.round()
            at += [clock.seconds] * (len(triton.loads) - before)
    assert at == [0, 10, 50]


def test_a_server_without_explicit_control_is_told_apart(triton):
    triton.says = [DEAD]
    triton.load_says = (
        400,
        "explicit model load / unload is not allowed if polling is enabled",
    )
    with pytest.raises(ServerUnreachable, match="--model-control-mode=explicit"):
        watch_of(triton).round()


def test_without_any_answer_it_gives_up_after_a_time():
    clock = Clock()
    watch = Watch(TritonHttp("http://127.0.0.1:9"), ["a"], WatchRules(give_up=60), now=clock)
    clock.seconds = 50.0
    assert [health.state for health in watch.round()] == ["unreachable"]
    clock.seconds = 70.0
    with pytest.raises(ServerUnreachable, match="no answer for 70 s"):
        watch.round()


def test_two_probes_a_worker_are_sent(triton):
    assert probe(TritonHttp(triton.url), "forensics_rt").ready
    assert triton.probes == 4


@pytest.mark.parametrize(
    ("status", "text", "state"),
    [
        (200, "", "answers"),
        (503, "Exceeds maximum queue size", "busy"),
        (503, "Request timeout expired", "busy"),
        (500, "Stub process 'forensics_rt_0_0' is not healthy.", "worker dead"),
        # The pipeline works; a member of it does not.
        (503, "forensics_rt: model m gave no answer: Stub process is not healthy", "busy"),
        (400, "Request for unknown model: 'forensics_rt' is not found", "not loaded"),
        (400, "Request for unknown model: 'forensics_rt' has no available versions", "not loaded"),
        (500, "forensics_rt: EngineFailed", "fails"),
    ],
)
def test_what_a_reply_means(status, text, state):
    assert judge("forensics_rt", Reply(status, text, {})).state == state


@pytest.mark.parametrize("url", ["https://host", "http://", "http://host:port"])
def test_an_address_that_is_none(url):
    with pytest.raises(ServerUnreachable, match=r"must look like http://127\.0\.0\.1:8000"):
        TritonHttp(url)
