"""`forensics-rt detect --report`: one report on all images of a run."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from forensics_rt.cli.main import app
from forensics_rt.report.collect import ReportFolder
from tests.io.images import tiff_of_pages
from tests.io.pdf.pdf_documents import attach, bytes_of, scanned

ON = ("--report-date", "2026-11-30")


@pytest.fixture
def run(bundle, tmp_path, monkeypatch, page):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    stream = io.BytesIO()
    Image.fromarray(page).save(stream, "JPEG", quality=90)
    Path("scan.jpg").write_bytes(stream.getvalue())

    def start(*arguments, stdin=None):
        words = ["detect", *map(str, arguments), "--bundle", str(bundle.path)]
        return CliRunner().invoke(app, [*words, "--backend", "numpy"], input=stdin)

    return start


def test_both_formats_at_once(run):
    done = run("scan.jpg", "--report", "case.html", "--report", "sub/case.pdf", *ON)

    assert done.exit_code == 0, done.output
    assert "scan.jpg" in Path("case.html").read_text()
    assert Path("sub/case.pdf").read_bytes().startswith(b"%PDF")


def test_pages_failures_and_order(run, page):
    Path("bad.jpg").write_bytes(b"")
    Path("mail.pdf").write_bytes(bytes_of(scanned(Image.fromarray(page), Image.fromarray(page))))

    done = run("mail.pdf", "bad.jpg", "scan.jpg", "--report", "case.html", *ON)

    text = Path("case.html").read_text()
    assert done.exit_code == 1
    places = [text.index(f"Image {number}: ") for number in (1, 2, 4)]
    assert places == sorted(places)
    assert "mail.pdf-page2" in text and "the file is empty" in text


def test_results_of_an_earlier_run_give_the_same_report(run):
    assert run("scan.jpg", "--report", "first.html", *ON).exit_code == 0
    assert run("scan.jpg", "--report", "again.html", "--resume", *ON).exit_code == 0

    assert Path("first.html").read_bytes() == Path("again.html").read_bytes()


def test_child_processes_read_the_same_facts(run, page, monkeypatch):
    exif = Image.Exif()
    exif[0x0131] = "a program"
    Image.fromarray(page).save("scan.jpg", exif=exif)
    Path("mail.pdf").write_bytes(
        bytes_of(attach(scanned(Image.fromarray(page)), {"b.jpg": Path("scan.jpg").read_bytes()}))
    )
    asked = ("mail.pdf", "scan.jpg", "--attachments", *ON)
    assert run(*asked, "--report", "here.html").exit_code == 0

    # Whatever opens a file in this process fails.
    for opens in ("report.facts.gathering.read_again", "cli.run_report.decode"):
        monkeypatch.setattr(f"forensics_rt.{opens}", lambda *_, **__: pytest.fail("read here"))
    done = run(*asked, "--isolate", "--report", "apart.html")
    again = run(*asked, "--isolate", "--resume", "--report", "again.html")

    assert (done.exit_code, again.exit_code) == (0, 0), done.output + again.output
    here, apart = Path("here.html").read_text(), Path("apart.html").read_text()
    assert "a program" in here and "quantization tables" in here
    assert apart == here == Path("again.html").read_text()
    assert "3 of an earlier run" in again.output


def test_standard_input_has_facts_of_its_file(run, page):
    data = tiff_of_pages(Image.fromarray(page), Image.fromarray(np.zeros_like(page)))

    done = run("-", "--report", "case.html", *ON, stdin=data)

    text = Path("case.html").read_text()
    assert done.exit_code == 0 and f"{len(data):,} bytes" in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--report", "case.docx"), ".pdf or .html"),
        (("--report", "case.html", "--report-date", "soon"), "2026-11-30"),
        (("--report", "."), ".pdf or .html"),
    ],
)
def test_what_cannot_be_made_is_said_before_the_work(run, wrong, said):
    done = run("scan.jpg", *wrong)

    assert done.exit_code == 2 or done.exception is not None
    assert said in done.output + str(done.exception)
    assert not Path("out/scan.jpg.json").exists()


def test_a_report_that_fails_leaves_the_results(run, monkeypatch):
    def fails(*arguments):
        raise RuntimeError("no more")

    monkeypatch.setattr(ReportFolder, "add", fails)

    done = run("scan.jpg", "--report", "case.html", *ON)

    assert done.exit_code == 1
    assert "no report" in done.output and not Path("case.html").exists()
    assert Path("out/scan.jpg.json").exists()
