"""`POST /v1/detect`: the answers are those of the detector."""

import io

import cv2
import numpy as np
import pikepdf
import pytest

from forensics_rt.serve.answers import ResultAnswer
from tests.serve.conftest import noise, pdf, png, tiff

PNG = {"Content-Type": "image/png"}


def without_times(document):
    return {key: value for key, value in document.items() if key not in ("seconds", "name")}


def test_the_json_is_that_of_the_library(http, detector, page):
    data = png(page)
    answer = http.post("/v1/detect", content=data, headers=PNG)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    expected = detector(data).to_dict()
    expected["provenance"]["recipe"]["tta"] = list(expected["provenance"]["recipe"]["tta"])
    assert found["name"] == "upload"
    assert without_times(found) == without_times(
        pytest.importorskip("json").loads(pytest.importorskip("json").dumps(expected))
    )
    ResultAnswer.model_validate(found)


def test_a_part_of_a_form_keeps_its_name(http, page):
    answer = http.post("/v1/detect", files={"file": ("Vertrag ü.png", png(page))})
    assert answer.json()["name"] == "Vertrag ü.png"


@pytest.mark.parametrize("picture", ["overlay", "map", "mask"])
def test_pictures_are_png(http, detector, page, picture):
    data = png(page)
    answer = http.post(
        "/v1/detect", params={"picture": picture}, content=data, headers={"Accept": "image/png"}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    shown = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    result = detector(data)
    expected = {
        "overlay": lambda: result.overlay()[:, :, ::-1],
        "map": lambda: np.rint(result.probability * 65535).astype(np.uint16),
        "mask": lambda: result.mask * np.uint8(255),
    }[picture]()
    assert np.array_equal(shown, expected)


def test_a_page_of_a_pdf_comes_back_annotated(http, page):
    answer = http.post(
        "/v1/detect",
        params={"page": 2, "threshold": 0.5},
        content=pdf(noise(90, 120), page),
        headers={"Accept": "application/pdf", "Content-Type": "application/pdf"},
    )
    assert answer.status_code == 200, answer.text
    with pikepdf.open(io.BytesIO(answer.content)) as copy:
        assert [len(one.get("/Annots", ())) for one in copy.pages] == [0, 2]


def test_of_an_image_there_is_no_annotated_pdf(http, page):
    answer = http.post("/v1/detect", content=png(page), headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer.json()["error"]) == (422, "NoPdf")


def test_a_page_of_a_tiff_is_chosen(http, page):
    two = tiff(np.zeros((40, 50, 3), np.uint8), page)
    answer = http.post("/v1/detect", params={"page": 2}, content=two)
    found = answer.json()
    assert (found["height"], found["width"]) == page.shape[:2] and found["provenance"]["page"] == 2


def test_thresholds_are_those_of_the_request(http, page):
    shares = [
        http.post("/v1/detect", params=query, content=png(page)).json()
        for query in ({"threshold": 0.5}, {"threshold": 0.9})
    ]
    assert shares[0]["forged_share"] > shares[1]["forged_share"] > 0
    assert shares[1]["threshold"] == 0.9 and shares[1]["provenance"]["recipe"]["threshold"] == 0.9


def test_a_high_area_of_the_request_empties_the_mask_of_smaller_regions(http, page):
    whole, none = (
        http.post("/v1/detect", params={"high_area": area}, content=png(page)).json()
        for area in (1, page.size)
    )
    assert whole["regions"] and not none["regions"]
    assert none["high_area"] == none["provenance"]["recipe"]["high_area"] == page.size
    assert http.post("/v1/detect", params={"high_area": 0}, content=png(page)).status_code == 422


def test_a_locked_pdf_is_opened_by_a_header(http, page):
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(page))) as plain:
        plain.save(file, encryption=pikepdf.Encryption(owner="o", user="secret"))
    locked = file.getvalue()
    refused = http.post("/v1/detect", content=locked)
    assert (refused.status_code, refused.json()["error"]) == (422, "ImageLocked")
    opened = http.post("/v1/detect", content=locked, headers={"Pdf-Password": "secret"})
    assert opened.status_code == 200


def test_a_damaged_image_is_examined_if_asked(http):
    cut = png(noise(200, 200))[:60_000]
    refused = http.post("/v1/detect", content=cut)
    assert refused.status_code == 422 and "`damaged=examine`" in refused.json()["detail"]
    examined = http.post("/v1/detect", params={"damaged": "examine"}, content=cut)
    assert examined.status_code == 200, examined.text


@pytest.mark.parametrize(
    ("status", "error", "asked"),
    [
        (422, "ImageUnreadable", {"content": b""}),
        (422, "ImageUnreadable", {"content": b"no image"}),
        (415, "UnsupportedMediaType", {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
        (406, "NotAcceptable", {"content": b"x", "headers": {"Accept": "text/html"}}),
        (422, "OptionInvalid", {"content": b"x", "params": {"threshold": "2"}}),
        (422, "OptionInvalid", {"content": b"x", "params": {"page": "0"}}),
        (422, "OptionInvalid", {"content": b"x", "params": {"picture": "photo"}}),
        (422, "CalibrationError", {"content": b"x", "params": {"operating_point": "none"}}),
        (422, "OneFileExpected", {"files": [("file", ("a", b"x")), ("file", ("b", b"y"))]}),
        (400, "BodyMalformed", {"data": {"file": "text"}, "files": {"x": (None, b"y")}}),
        (
            400,
            "BodyMalformed",
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        ),
        (
            400,
            "BodyMalformed",
            {
                "content": b"--a\r\nx",
                "headers": {"Content-Type": "multipart/form-data; boundary=a"},
            },
        ),
    ],
)
def test_errors_are_problem_details(http, status, error, asked):
    answer = http.post("/v1/detect", **asked)
    found = answer.json()
    assert (answer.status_code, found["error"]) == (status, error), found
    assert answer.headers["content-type"] == "application/problem+json"
    assert found["type"] == f"urn:forensics-rt:{error}" and found["status"] == status
    assert found["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("status", "method", "path"), [(404, "GET", "/nothing"), (405, "GET", "/v1/detect")]
)
def test_errors_of_the_framework_are_problem_details_too(http, status, method, path):
    answer = http.request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert status != 405 or answer.headers["allow"] == "POST"
