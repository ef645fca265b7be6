"""`forensics-rt detect` on documents: pages, passwords, attachments, annotated copies."""

import json
import os
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image
from typer.testing import CliRunner

from forensics_rt.cli.main import app
from forensics_rt.errors import OutputError, PageSelectionError
from tests.io.images import encode, tiff_of_pages
from tests.io.pdf.pdf_documents import attach, blank, bytes_of, scanned
from tests.page_reports import page_reports  # noqa: F401

WHITE, BLACK = (Image.fromarray(np.full((40, 60, 3), shade, np.uint8)) for shade in (255, 0))


@pytest.fixture
def run(bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("FORENSICS_RT_PASSWORD", raising=False)

    def start(*arguments, stdin=None):
        words = ["detect", *map(str, arguments), "--bundle", str(bundle.path)]
        return CliRunner().invoke(app, [*words, "--backend", "numpy"], input=stdin)

    return start


def lines():
    return [json.loads(line) for line in Path("out/results.jsonl").open()]


def summary():
    return json.loads(Path("out/summary.json").read_text())


def results():
    return sorted(path.name.removesuffix(".json") for path in Path("out").glob("*.*.json"))


@pytest.fixture
def fax(tmp_path):
    (tmp_path / "fax.tif").write_bytes(tiff_of_pages(BLACK, WHITE, BLACK, WHITE))
    return "fax.tif"


@pytest.mark.parametrize("kind", ["tif", "pdf"])
def test_every_page_of_standard_input_has_results_of_its_own(run, kind):
    data = tiff_of_pages(BLACK, WHITE) if kind == "tif" else bytes_of(scanned(BLACK, WHITE))

    done = run("-", stdin=data)

    assert done.exit_code == 0
    assert [(line["image"], line["results"], line["page"]) for line in lines()] == [
        ("<stdin>-page1", "stdin-page1", 1),
        ("<stdin>-page2", "stdin-page2", 2),
    ]
    assert run("-", "--resume", stdin=data).stdout.count("done before") == 2
    other = tiff_of_pages(WHITE, WHITE)
    assert run("-", "--resume", stdin=other).stdout.count("done before") == 0


def test_only_the_pages_wanted_are_examined_and_other_results_stay(run, fax):
    run(fax)

    done = run(fax, "--pages", "2-3", "--resume")

    assert [line["page"] for line in lines()] == [2, 3] and done.stdout.count("done before") == 2
    assert results() == [f"fax.tif-page{number}" for number in (1, 2, 3, 4)]


def test_results_of_pages_of_an_older_file_go_also_where_they_are_not_wanted(run, fax):
    run(fax)
    Path(fax).write_bytes(tiff_of_pages(WHITE, BLACK, WHITE))

    run(fax, "--pages", "last", "--resume")

    assert results() == ["fax.tif-page3"]


def test_a_page_that_a_file_lacks_is_its_error_and_the_others_go_on(run, fax):
    Path("photo.png").write_bytes(encode("PNG"))

    done = run(fax, "photo.png", "--pages", "3,9")

    assert done.exit_code == 1 and "2 of 3 images done" in done.stdout
    assert [line["results"] for line in lines()] == ["fax.tif-page3", "fax.tif-page9", "photo.png"]
    assert "the file has no page 9; its pages are 1 to 4" in lines()[1]["error"]


def test_pages_that_cannot_be_understood_are_misuse(run, fax):
    done = run(fax, "--pages", "3-1")
    assert isinstance(done.exception, PageSelectionError)
    assert "such as 1-3,7 or 5- (page 5 and all after it), got '3-1'" in str(done.exception)
    assert not Path("out").exists()


@pytest.mark.parametrize("way", ["option", "file", "environment"])
def test_a_locked_pdf_is_opened_by_its_password_however_it_is_given(run, monkeypatch, way):
    Path("locked.pdf").write_bytes(bytes_of(scanned(BLACK, WHITE), "sesame"))
    refused = run("locked.pdf").stdout
    assert "needs a password; give it" in refused
    assert "scores" not in refused and "images/s" not in refused, "there are none"
    Path("secret").write_text("sesame\nnot this\n")
    words = {"option": ["--password", "sesame"], "file": ["--password-file", "secret"]}
    if way == "environment":
        monkeypatch.setenv("FORENSICS_RT_PASSWORD", "sesame")

    done = run("locked.pdf", *words.get(way, []))

    assert done.exit_code == 0 and len(lines()) == 2
    assert not any("sesame" in path.read_text() for path in Path("out").glob("*.json*"))


def test_two_passwords_or_a_file_that_is_not_there_are_misuse(run):
    twice = run("a.pdf", "--password", "a", "--password-file", "b")
    assert twice.exit_code == 2 and "one of --password and --password-file" in twice.output
    missing = run("a.pdf", "--password-file", "missing")
    assert missing.exit_code == 2 and "missing cannot be read as text" in missing.output


@pytest.fixture
def mail(tmp_path):
    files = {
        "contract.pdf": bytes_of(scanned(BLACK, WHITE)),
        "notes.txt": b"hello",
        "photo.png": encode("PNG"),
    }
    (tmp_path / "mail.pdf").write_bytes(bytes_of(attach(blank(60, 40), files)))
    return "mail.pdf"


def test_attachments_left_out_are_counted_in_the_table_and_the_summary(run, mail):
    done = run(mail)
    assert "attachments of PDFs, not examined: 3" in done.stdout.splitlines()
    assert summary()["attachments_not_examined"] == 3 and len(lines()) == 1


def test_attachments_are_examined_on_request_and_kept_by_a_run_without(run, mail):
    done = run(mail, "--attachments")

    names = [
        "mail.pdf",
        "mail.pdf-attachment-contract.pdf-page1",
        "mail.pdf-attachment-contract.pdf-page2",
        "mail.pdf-attachment-photo.png",
    ]
    assert done.exit_code == 0 and [line["results"] for line in lines()] == names
    assert [line["image"] for line in lines()] == names
    assert summary()["passed_over"] == {"attached .txt": 1}
    assert summary()["attachments_not_examined"] == 1
    assert run(mail, "--attachments", "--resume").stdout.count("done before") == 4
    run(mail, "--resume")
    assert results() == names

    changed = attach(blank(60, 40), {"photo.png": encode("PNG")})
    Path(mail).write_bytes(bytes_of(changed))
    run(mail)
    assert results() == ["mail.pdf", "mail.pdf-attachment-photo.png"], "the contract is gone"


def annotations(path, password=""):
    with pikepdf.open(path, password=password) as pdf:
        return [len(page.obj.get("/Annots", [])) for page in pdf.pages]


@pytest.mark.usefixtures("page_reports")
def test_each_pdf_is_copied_once_with_the_regions_of_all_its_pages(run, fax):
    Path("in").mkdir()
    Path("in/contract.pdf").write_bytes(bytes_of(scanned(WHITE, BLACK, WHITE)))
    Path("in/one.pdf").write_bytes(bytes_of(scanned(WHITE)))
    Path("in/photo.png").write_bytes(encode("PNG"))

    done = run("in", fax, "--annotate-pdf")

    assert done.exit_code == 0
    copies = sorted(path.name for path in Path("out").glob("*.annotated.pdf"))
    assert copies == ["contract.pdf.annotated.pdf", "one.pdf.annotated.pdf"]
    assert annotations("out/contract.pdf.annotated.pdf") == [1, 0, 1]
    assert annotations("out/one.pdf.annotated.pdf") == [1]

    os.remove("out/contract.pdf.annotated.pdf")
    again = run("in", "--annotate-pdf", "--resume")
    assert again.stdout.count("done before") == 5
    assert annotations("out/contract.pdf.annotated.pdf") == [1, 0, 1]
    run("in/contract.pdf", "--pages", "2", "--annotate-pdf")
    assert annotations("out/contract.pdf.annotated.pdf") == [0, 0, 0]

    run("in")
    assert not list(Path("out").glob("*.annotated.pdf")), "none of an earlier run is left"


@pytest.mark.usefixtures("page_reports")
def test_a_locked_pdf_of_standard_input_and_an_attachment_are_copied(run):
    locked = bytes_of(attach(scanned(WHITE, BLACK), {"one.pdf": bytes_of(scanned(WHITE))}), "pw")

    done = run("-", "--password", "pw", "--attachments", "--annotate-pdf", stdin=locked)

    assert done.exit_code == 0
    assert annotations("out/stdin.annotated.pdf", "pw") == [1, 0]
    assert annotations("out/stdin-attachment-one.pdf.annotated.pdf") == [1]


@pytest.mark.usefixtures("page_reports")
def test_where_a_page_fails_the_others_are_marked(run):
    Path("contract.pdf").write_bytes(bytes_of(scanned(WHITE, BLACK)))
    done = run("contract.pdf", "--pages", "1,5", "--annotate-pdf")
    assert done.exit_code == 1 and annotations("out/contract.pdf.annotated.pdf") == [1, 0]


@pytest.mark.usefixtures("page_reports")
def test_a_copy_that_cannot_be_written_is_said_and_the_results_stay(run):
    Path("contract.pdf").write_bytes(bytes_of(scanned(WHITE, BLACK)))

    def fail(*arguments):
        raise OutputError("contract.pdf.annotated.pdf: cannot be written: No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forensics_rt.cli.annotated_copies.write_annotated_pdf", fail)
        done = run("contract.pdf", "--annotate-pdf")

    assert done.exit_code == 1 and "error: contract.pdf.annotated.pdf: cannot" in done.stderr
    assert results() == ["contract.pdf-page1", "contract.pdf-page2"]


@pytest.mark.usefixtures("page_reports")
def test_results_that_do_not_say_where_on_the_page_are_computed_again_for_a_copy(run):
    Path("one.pdf").write_bytes(bytes_of(scanned(WHITE)))
    run("one.pdf")
    file = Path("out/one.pdf.json")
    document = json.loads(file.read_text())
    del document["page_report"]
    file.write_text(json.dumps(document))

    assert run("one.pdf", "--resume").stdout.count("done before") == 1
    assert run("one.pdf", "--resume", "--annotate-pdf").stdout.count("done before") == 0
    assert annotations("out/one.pdf.annotated.pdf") == [1]


def test_of_other_images_no_copy_is_written(run):
    Path("photo.png").write_bytes(encode("PNG"))
    assert run("photo.png", "--annotate-pdf").exit_code == 0
    assert not list(Path("out").glob("*.pdf"))
