"""Jobs: long documents, page by page."""

import io
import threading
from types import SimpleNamespace

import cv2
import numpy as np
import pikepdf
import pytest

from forensics_rt.serve.answers import JobAnswer
from tests.serve.conftest import noise, pdf, png, tiff, until


def begin(http, data, **query):
    answer = http.post("/v1/jobs", params=query, files={"file": ("contract.pdf", data)})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
    return answer.headers["location"]


def finished(http, place):
    until(lambda: http.get(place).json()["state"] in ("done", "failed", "canceled"))
    return http.get(place).json()


def test_each_page_has_its_result_and_pictures(http, page):
    place = begin(http, pdf(noise(60, 80), page), threshold=0.5)
    job = finished(http, place)
    JobAnswer.model_validate(job)
    assert (job["state"], job["examined"], job["name"]) == ("done", 2, "contract.pdf")
    assert [one["page"] for one in job["pages"]] == [1, 2] and job["expires"] is not None
    result = http.get(f"{place}/pages/2").json()
    assert result["name"] == "contract.pdf-page2" and len(result["regions"]) == 2
    assert job["pages"][1]["regions"] == 2 and job["pages"][1]["score"] == result["score"]
    for picture, kind in {
        "image": "jpeg", "overlay": "jpeg", "heat": "png", "map": "png", "mask": "png",
        "thumbnail": "jpeg",
    }.items():  # fmt: skip
        answer = http.get(f"{place}/pages/2/{picture}")
        assert answer.headers["content-type"] == f"image/{kind}"
        shown = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert shown.shape[:2] == page.shape[:2]
    assert shown is not None


def test_the_result_of_all_pages_is_json_or_an_annotated_pdf(http, page):
    place = begin(http, pdf(page, page), threshold=0.5)
    finished(http, place)
    results = http.get(f"{place}/result").json()
    assert [one["provenance"]["page"] for one in results] == [1, 2]
    copy = http.get(f"{place}/result", headers={"Accept": "application/pdf"})
    with pikepdf.open(io.BytesIO(copy.content)) as document:
        assert [len(one.Annots) for one in document.pages] == [2, 2]


def test_an_image_is_a_document_of_one_page(http, page):
    place = begin(http, png(page))
    assert finished(http, place)["examined"] == 1
    assert http.get(f"{place}/pages/1").json()["name"] == "contract.pdf"
    refused = http.get(f"{place}/result", headers={"Accept": "application/pdf"})
    assert (refused.status_code, refused.json()["error"]) == (422, "NoPdf")


def test_pages_are_chosen(http, page):
    place = begin(http, tiff(page, page, page), pages="2-")
    assert [one["page"] for one in finished(http, place)["pages"]] == [2, 3]


def test_a_page_that_fails_leaves_the_others(http, page):
    data = bytearray(tiff(page, page))
    data[8:200] = bytes(192)  # of the first page
    job = finished(http, begin(http, bytes(data)))
    assert job["state"] == "done" and job["examined"] == len(job["pages"])


@pytest.mark.parametrize(("query", "error"), [("9", "PageSelectionError"), ("x", None)])
def test_pages_that_are_not_there(http, page, query, error):
    answer = http.post("/v1/jobs", params={"pages": query}, content=tiff(page, page))
    if error is None:
        assert (answer.status_code, answer.json()["error"]) == (422, "PageSelectionError")
    else:
        job = finished(http, answer.headers["location"])
        assert (job["state"], job["problem"]["error"]) == ("failed", error)


def test_a_canceled_job_is_gone_and_frees_the_engine(serve, gate):
    detector, backend = gate
    served = serve(on=detector)
    backend.shut()
    place = begin(served.http, tiff(*(noise(100, 100, seed) for seed in range(6))))
    until(lambda: backend.calls == 1)
    deleting = threading.Thread(target=served.http.delete, args=(place,))
    deleting.start()
    backend.open()
    deleting.join(10)
    assert served.http.get(place).status_code == 404
    queue = served.service.queue
    until(lambda: queue.under_way == 0 and queue.depth == 0)
    assert backend.calls < 12  # of six pages of four tiles or more


def test_results_are_kept_for_a_time(serve, page):
    http = serve(keep_seconds=0.1).http
    place = begin(http, png(page))
    until(lambda: http.get(place).status_code == 404)
    assert "kept for 0.1 s" in http.get(place).json()["detail"]


def test_there_is_a_most_of_jobs(serve, gate, page):
    detector, backend = gate
    http = serve(on=detector, jobs=1).http
    backend.shut()
    place = begin(http, png(page))
    answer = http.post("/v1/jobs", content=png(page))
    assert (answer.status_code, answer.json()["error"]) == (429, "TooManyJobs")
    refused = http.get(f"{place}/result")
    assert (refused.status_code, refused.json()["error"]) == (409, "JobNotDone")
    backend.open()
    finished(http, place)


def test_there_must_be_room_on_the_disk(http, page, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    answer = http.post("/v1/jobs", content=png(page))
    assert (answer.status_code, answer.json()["error"]) == (503, "StorageFull")


def test_others_do_not_wait_for_a_long_document(serve, gate, page):
    detector, backend = gate
    served = serve(on=detector)
    backend.shut()
    place = begin(served.http, tiff(*(noise(40, 40, seed) for seed in range(30))))
    until(lambda: backend.calls)
    backend.open()
    assert served.http.post("/v1/detect", content=png(page)).status_code == 200
    assert finished(served.http, place)["examined"] == 30


@pytest.mark.parametrize("below", ["", "/result", "/pages/1", "/pages/1/map"])
def test_unknown_jobs(http, below):
    assert http.get(f"/v1/jobs/nothing{below}").json()["error"] == "JobNotFound"
