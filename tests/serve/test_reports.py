"""Reports on jobs, made by a process of their own."""

import io

import pikepdf
import pytest

from tests.serve.conftest import noise, pdf, png
from tests.serve.test_jobs import begin, finished

pytest.importorskip("typst", reason="needs the extra report")
pytest.importorskip("jinja2", reason="needs the extra report")


def test_a_report_on_a_document_shows_each_page(http, page):
    place = begin(http, pdf(noise(60, 80), page), threshold=0.5)
    finished(http, place)
    answer = http.get(f"{place}/report", timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert "contract.pdf.report.pdf" in answer.headers["content-disposition"]
    with pikepdf.open(io.BytesIO(answer.content)) as report:
        assert len(report.pages) >= 3
    again = http.get(f"{place}/report")
    assert again.content == answer.content  # it is kept


def test_html_has_the_pictures_inside_and_runs_nothing(http, page):
    place = begin(http, png(page), threshold=0.5)
    finished(http, place)
    answer = http.get(f"{place}/report", params={"format": "html"}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert "contract.pdf" in answer.text and "data:image/" in answer.text
    assert "probability 0.5" in answer.text  # the threshold of this job, not of the service
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_job_that_is_not_done_has_no_report(serve, gate, page):
    detector, backend = gate
    http = serve(on=detector).http
    backend.shut()
    answer = http.get(f"{begin(http, png(page))}/report")
    backend.open()
    assert (answer.status_code, answer.json()["error"]) == (409, "JobNotDone")


def test_pages_without_a_result_are_listed_with_the_reason(http):
    place = begin(http, b"%PDF-1.7 of nothing")
    finished(http, place)
    answer = http.get(f"{place}/report", params={"format": "html"}, timeout=60)
    assert "contract.pdf-page1" in answer.text
    assert http.get(place).json()["pages"][0]["problem"]["detail"][:20] in answer.text


def test_another_format_is_refused(http, page):
    place = begin(http, png(page))
    finished(http, place)
    answer = http.get(f"{place}/report", params={"format": "docx"})
    assert (answer.status_code, answer.json()["error"]) == (422, "OptionInvalid")
