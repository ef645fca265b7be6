"""Who may ask, and what the log and the figures say."""

import json
import logging

import httpx
import pytest

from forensics_rt.serve.logs import JsonLines
from forensics_rt.serve.server import warn_if_open
from forensics_rt.serve.settings import Settings
from tests.serve.conftest import png, until

TOKEN = "a-token-of-the-tests-0123456789"


@pytest.mark.parametrize("given", [None, "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_without_the_token_nothing_is_told(serve, given):
    served = serve(Settings(token=TOKEN, isolate=False))
    headers = {} if given is None else {"Authorization": given}
    for path in ("/version", "/metrics", "/v1/jobs/x"):
        answer = httpx.get(served.address + path, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
    for path in ("/", "/health", "/ready", "/openapi.json"):
        assert httpx.get(served.address + path).status_code == 200


def test_with_the_token(serve, page):
    http = serve(Settings(token=TOKEN, isolate=False)).http
    assert http.post("/v1/detect", content=png(page)).status_code == 200


@pytest.mark.parametrize(
    ("host", "token", "warned"),
    [
        ("0.0.0.0", None, True),
        ("fe80::1%eth0", None, True),
        ("0.0.0.0", TOKEN, False),
        ("127.0.0.1", None, False),
        ("::1", None, False),
    ],
)
def test_a_service_that_others_reach_without_a_token_says_so(host, token, warned, caplog):
    warn_if_open(host, Settings(token=token))
    assert ("has no token" in caplog.text) == warned


def test_pages_of_other_sites_must_not_ask(http):
    answer = http.post("/v1/detect", content=b"x", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.json()["error"]) == (403, "CrossSite")


def test_the_page_allows_nothing_from_elsewhere(http):
    answer = http.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert http.get("/page/../app.py").status_code == 404


def test_a_request_keeps_its_id(http):
    assert http.get("/health", headers={"X-Request-Id": "a-1"}).headers["x-request-id"] == "a-1"
    made = http.get("/health", headers={"X-Request-Id": 'a" b'}).headers["x-request-id"]
    assert len(made) == 32


def posts_in(caplog):
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    return [line for line in lines if line["message"] == "request" and line["method"] == "POST"]


@pytest.mark.parametrize("log_names", [False, True])
def test_the_log_has_names_of_files_only_if_asked(serve, page, caplog, log_names):
    http = serve(Settings(isolate=False, log_names=log_names)).http
    with caplog.at_level(logging.INFO, "forensics_rt"):
        files = {"file": ("secret-name.png", png(page))}
        http.post("/v1/detect", params={"threshold": 0.4}, files=files)
        http.post("/v1/detect", files={"file": ("secret-name.png", b"no image")})
        http.post("/v1/jobs", files=files)
        http.post("/v1/batch", files=files)
        # A request is logged when its answer is sent, which its client may know before.
        until(lambda: len(posts_in(caplog)) == 4)
    asked = posts_in(caplog)
    assert {line["route"] for line in asked} == {"/v1/detect", "/v1/jobs", "/v1/batch"}
    assert all(line["request_id"] and line["seconds"] > 0 for line in asked)
    logged = json.dumps([json.loads(JsonLines().format(record)) for record in caplog.records])
    assert ("secret-name" in logged) == log_names and "0.4" not in str(
        [line["route"] for line in asked]
    )


def test_figures(http, page):
    http.post("/v1/detect", content=png(page))
    http.post("/v1/detect", content=b"no image")
    told = http.get("/metrics").text
    for line in (
        'forensics_rt_requests_total{outcome="done",route="/v1/detect",status="200"} 1.0',
        'forensics_rt_requests_total{outcome="refused",route="/v1/detect",status="422"} 1.0',
        'forensics_rt_request_seconds_count{route="/v1/detect"} 2.0',
        "forensics_rt_queue_depth 0.0",
        'backend="numpy"',
    ):
        assert line in told
    assert 'forensics_rt_stage_seconds_count{stage="decode"}' in told


def test_version_and_readiness(http, detector):
    assert http.get("/version").json()["bundle_id"] == detector.bundle.id
    assert http.get("/ready").json() == {"status": "ready"}
    assert http.get("/health").json() == {"status": "alive"}


def test_who_cannot_examine_is_not_ready(serve, detector, monkeypatch):
    served = serve()
    service = served.service
    service.readiness._examined = None
    monkeypatch.setattr(detector.backend, "infer", lambda *_: 1 / 0)
    monkeypatch.setattr(detector.inferer._loop._networks, "_infer", lambda *_: 1 / 0)
    monkeypatch.setattr(detector.inferer._alone._networks, "_infer", lambda *_: 1 / 0)
    answer = served.http.get("/ready")
    assert (answer.status_code, answer.json()["error"]) == (503, "NotReady")
