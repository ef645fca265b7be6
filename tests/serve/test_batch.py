"""`POST /v1/batch`: a line for each page of several files."""

import json

from forensics_rt.serve.answers import BatchLine
from tests.serve.conftest import png, tiff


def test_a_line_for_each_page_and_each_failure(http, page):
    files = [
        ("file", ("a.png", png(page))),
        ("file", ("bad.jpg", b"no image")),
        ("file", ("two.tif", tiff(page, page))),
    ]
    answer = http.post("/v1/batch", files=files)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = sorted(
        (BatchLine.model_validate(json.loads(line)) for line in answer.text.splitlines()),
        key=lambda line: (line.file, line.page),
    )
    assert [(line.file, line.name, line.page, line.pages) for line in lines] == [
        (0, "a.png", 1, 1),
        (1, "bad.jpg", 1, 1),
        (2, "two.tif", 1, 2),
        (2, "two.tif", 2, 2),
    ]
    assert [line.problem.error if line.problem else line.result.name for line in lines] == [
        "a.png",
        "ImageUnreadable",
        "two.tif-page1",
        "two.tif-page2",
    ]


def test_options_that_do_not_fit_are_refused_before_the_first_line(http, page):
    answer = http.post(
        "/v1/batch", params={"operating_point": "none"}, files={"file": ("a.png", png(page))}
    )
    assert (answer.status_code, answer.json()["error"]) == (422, "CalibrationError")
