"""The date of a report can be set."""

import pytest

from forensics_rt.errors import ReportError
from forensics_rt.report.dates import report_date


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        ("2026-11-30", "2026-11-30T00:00:00+00:00"),
        ("2026-11-30T14:05:00+01:00", "2026-11-30T13:05:00+00:00"),
        ("2026-11-30T14:05:00Z", "2026-11-30T14:05:00+00:00"),
    ],
)
def test_a_date_is_brought_to_utc(given, utc):
    assert report_date(given).isoformat() == utc


def test_the_usual_variable_sets_it(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")

    assert report_date().isoformat() == "1970-01-02T00:00:00+00:00"
    assert report_date("2026-11-30").year == 2026


@pytest.mark.parametrize("given", ["yesterday", "2026-13-01", ""])
def test_what_is_no_date_is_refused(given):
    with pytest.raises(ReportError, match="2026-11-30"):
        report_date(given)


def test_a_variable_that_is_no_number_is_refused(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")

    with pytest.raises(ReportError, match="SOURCE_DATE_EPOCH"):
        report_date()
