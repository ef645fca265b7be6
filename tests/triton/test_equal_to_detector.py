"""Both pipelines of a real server answer what `Detector` answers, to the bit, over every way.

The whole proof is `FORENSICS_RT_TRITON_IMAGES=50 pytest tests/triton/test_equal_to_detector.py`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.triton.server import Server
from export.triton.memory import answer_bytes, region_bytes
from forensics_rt import Bundle, Detector, Page
from forensics_rt.results.saving import map_in_16_bits
from forensics_rt.triton.protocol import TritonHttp
from tests.bundles import brightness_graph, constant_graph, write_bundle
from tests.triton.conftest import serve

SAMPLES = sorted((Path(__file__).parents[2] / "docs" / "samples").glob("*.jpg"))
IMAGES = int(os.environ.get("FORENSICS_RT_TRITON_IMAGES", "4"))
WAYS = ("http", "grpc", "http-shm", "grpc-shm")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Parts of the samples, of many sizes, as JPEG, PNG and TIFF."""
    folder, random = tmp_path_factory.mktemp("pages"), np.random.default_rng(0)
    found = []
    for number in range(IMAGES):
        page = cv2.imread(str(SAMPLES[number % len(SAMPLES)]))
        height, width = random.integers(40, 700, 2)
        top, left = (int(random.integers(0, n)) for n in (page.shape[0] - 40, page.shape[1] - 40))
        path = folder / f"page-{number}.{('jpg', 'png', 'tif')[number % 3]}"
        assert cv2.imwrite(str(path), page[top : top + height, left : left + width])
        found.append(path)
    return found


@pytest.fixture(scope="module", params=["numpy 2", "numpy 1"])
def server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    interpreters: dict[str, Path],
    client_python: Path,
) -> Iterator[Server]:
    """A server with the bundle `fast`."""
    python = interpreters.get(request.param)
    if python is None:
        pytest.skip("FORENSICS_RT_TRITON_NUMPY1 names no interpreter with numpy 1.26")
    yield from serve(tmp_path_factory.mktemp("server"), Bundle.open("fast"), python)


@pytest.fixture(scope="module")
def detector() -> Iterator[Detector]:
    with Detector("fast", precision="float32", threads=1) as opened:
        yield opened


def expected(detector: Detector, path: Path) -> dict[str, Any]:
    found = detector(path.read_bytes(), path.name)
    digest = hashlib.sha256(found.probability.tobytes()).hexdigest()
    said = json.loads(json.dumps(found.to_dict()))
    return {"probability": digest, "result": without_times(said)}


def without_times(said: dict[str, Any]) -> dict[str, Any]:
    # The environment with numpy 1 has other versions, and a member in Triton is another backend.
    left_out = {"seconds"}
    provenance = {k: v for k, v in said["provenance"].items() if k not in ("versions", "backend")}
    return {k: v for k, v in said.items() if k not in left_out} | {"provenance": provenance}


def test_maps_and_results_are_those_of_detector(server, detector, pages, ask):
    for model in ("forensics_rt", "forensics_rt_bls"):
        said = ask(server, *pages, model=model)
        assert len(said) == len(pages)
        for one in said:
            wanted = expected(detector, pages[one["file"]])
            assert one["ok"], one
            assert one["probability"] == wanted["probability"], pages[one["file"]]
            assert without_times(one["result"]) == wanted["result"]


def test_a_result_says_that_triton_ran_the_members(server, pages, ask):
    (one,) = ask(server, pages[0], model="forensics_rt_bls")
    assert one["result"]["provenance"]["backend"] == "triton bls, openvino"


@pytest.mark.parametrize("way", WAYS)
def test_over_http_grpc_and_shared_memory(server, detector, pages, ask, way):
    said = ask(server, *pages[:2], way=way)
    digests = [expected(detector, page)["probability"] for page in pages[:2]]
    assert [one["probability"] for one in said] == digests


def test_the_png_is_the_map_in_16_bits(server, detector, pages):
    data = pages[0].read_bytes()
    reply = TritonHttp(server.http).infer(
        "forensics_rt", "file", data, [len(data)], "probability_png"
    )
    found = cv2.imdecode(
        np.frombuffer(reply.outputs["probability_png"], np.uint8), cv2.IMREAD_UNCHANGED
    )
    wanted = detector(data).probability
    assert np.array_equal(found, map_in_16_bits(wanted))
    assert np.abs(found / 65535 - wanted).max() < 1e-5


def test_what_is_no_image_gets_400_and_the_reason(server):
    reply = TritonHttp(server.http).infer("forensics_rt", "file", b"no image", [8], "result")
    assert reply.status == 400
    assert "not an image in a known format" in reply.text
    assert "/" not in reply.text.replace("known format", "")  # no path of the server


def test_a_page_of_a_file_is_asked_for_by_its_number(server, detector, tmp_path):
    from PIL import Image

    file = tmp_path / "two.tif"
    pages = [Image.open(path).crop((0, 0, 300, 200)) for path in SAMPLES[:2]]
    pages[0].save(file, save_all=True, append_images=pages[1:])
    said = _infer_with_options(server, file.read_bytes(), {"page": 2, "name": "two.tif"})
    wanted = detector(Page(str(file), 2))
    assert said["raw_score"] == round(wanted.raw_score, 6)
    assert said["name"] == "two.tif-page2"


def test_shared_memory_stays_below_what_was_predicted(server, pages, ask):
    ask(server, *pages)
    pixels = max(cv2.imread(str(path)).size // 3 for path in pages)
    largest = max(path.stat().st_size for path in pages)
    bound = region_bytes(largest + answer_bytes(pixels, True))
    for worker in server.workers("forensics_rt"):
        assert (Path("/dev/shm") / worker.cmdline()[2]).stat().st_size <= bound


def test_members_with_a_model_for_each_tile_size_under_every_symmetry(tmp_path, pages, ask):
    bundle = write_bundle(
        tmp_path / "bundle", [brightness_graph(), constant_graph(0.25)], tiles=(256, 384)
    )
    with Detector(bundle, recipe="max", precision="float32", threads=1) as detector:
        digest = hashlib.sha256(detector(pages[0].read_bytes()).probability.tobytes()).hexdigest()
    for server in serve(tmp_path, bundle, recipe="max", instances=1, bls_instances=1):
        for model in ("forensics_rt", "forensics_rt_bls"):
            (said,) = ask(server, pages[0], model=model)
            assert said["ok"], said
            assert said["probability"] == digest


def _infer_with_options(server: Server, data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Send both inputs over HTTP, as any client can without a library."""
    import http.client

    inputs = {"file": data, "options": json.dumps(options).encode()}
    head = {
        "inputs": [
            {
                "name": name,
                "shape": [len(value)],
                "datatype": "UINT8",
                "parameters": {"binary_data_size": len(value)},
            }
            for name, value in inputs.items()
        ],
        "outputs": [{"name": "result", "parameters": {"binary_data": True}}],
    }
    text = json.dumps(head).encode()
    connection = http.client.HTTPConnection(server.http, timeout=60)
    connection.request(
        "POST",
        "/v2/models/forensics_rt/infer",
        text + b"".join(inputs.values()),
        {"Inference-Header-Content-Length": str(len(text))},
    )
    response = connection.getresponse()
    body = response.read()
    assert response.status == 200, body
    start = int(response.getheader("Inference-Header-Content-Length") or 0)
    found: dict[str, Any] = json.loads(body[start:])
    return found
