"""docs/reference/results.md names every field that is written, and no other."""

import json
import re
from dataclasses import fields as fields_of
from pathlib import Path

import cv2
import pytest

from forensics_rt import Detector
from forensics_rt.cli.run import DetectRun, HowToRun
from forensics_rt.io.pdf.page_report import PagePart, PageReport
from forensics_rt.io.sources import find_sources

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "reference" / "results.md"
OF_LARGE = {"files", "map_format", "predicted_bytes"}


def documented():
    """The fields of each section; of one with two tables those of both."""
    sections = re.split(r"^#+ ", DOCUMENTATION.read_text("utf-8"), flags=re.MULTILINE)
    fields = {}
    for section in sections:
        title, _, text = section.partition("\n")
        rows = re.findall(r"^\| (`.+?) \|", text, flags=re.MULTILINE)
        fields[title] = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    return fields


@pytest.fixture
def out(detector, tmp_path, page):
    cv2.imwrite(str(tmp_path / "page.png"), page)
    (tmp_path / "bad.png").write_bytes(b"")
    out = tmp_path / "out"
    out.mkdir()
    images = [tmp_path / "page.png", tmp_path / "bad.png"]
    DetectRun(detector, find_sources(images), out).go(HowToRun())
    return out


def test_every_field_of_a_run_is_documented(out):
    fields = documented()
    document = json.loads((out / "page.png.json").read_text())
    done, failed = (json.loads(line) for line in (out / "results.jsonl").open())

    assert fields["NAME.json"] - OF_LARGE == document.keys()
    assert fields["regions"] == document["regions"][0].keys()
    assert fields["provenance"] == document["provenance"].keys()
    assert fields["results.jsonl"] == done.keys() | failed.keys()
    assert fields["summary.json"] == json.loads((out / "summary.json").read_text()).keys()


def test_every_field_of_a_page_of_a_pdf_is_documented():
    names = {field.name for kind in (PageReport, PagePart) for field in fields_of(kind)}
    assert documented()["page_report"] == names


def test_what_is_said_of_changed_copies_is_documented(bundle, page):
    with Detector(bundle, backend="numpy", robust=True) as robust:
        found = robust(page).to_dict()["robust"]
    assert documented()["robust"] == found.keys() | found["looks"][0].keys()


def test_what_a_large_image_has_besides_is_documented(detector, tmp_path, page):
    for needed in ("pyvips", "tifffile"):
        pytest.importorskip(needed)
    from forensics_rt.large import detect_large

    cv2.imwrite(str(tmp_path / "page.png"), page)
    found = detect_large(detector, tmp_path / "page.png", tmp_path / "out", memory="100GB")

    assert documented()["NAME.json"] == found.to_dict().keys()
    assert not {"plan", "encode"} & found.seconds.keys()
