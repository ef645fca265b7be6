"""`forensics-rt detect-large` as a user runs it."""

import json

import cv2
import pytest
import typer
from typer.testing import CliRunner

from forensics_rt import Detector
from forensics_rt.cli.detect_large import detect_large_image
from forensics_rt.errors import OutputError
from forensics_rt.large import TooLittleMemory
from tests.io.images import animation
from tests.large.test_run import page_of

pytest.importorskip("tifffile")
pytest.importorskip("pyvips")


@pytest.fixture
def run(bundle, tmp_path, monkeypatch):
    """Run the command with the tiny bundle on a saved page."""
    monkeypatch.setenv("COLUMNS", "300")
    app = typer.Typer()
    app.command()(detect_large_image)
    page = tmp_path / "page.tif"
    cv2.imwrite(str(page), page_of(130, 170))

    def start(*arguments):
        words = [str(page), "--out", str(tmp_path / "out"), "--bundle", str(bundle.path)]
        return CliRunner().invoke(
            app, [*words, "--backend", "numpy", "--memory", "100GB", *arguments]
        )

    return start


def test_a_summary_says_what_was_found_and_what_it_took(run, tmp_path):
    done = run("--threshold", "0.5")

    assert done.exit_code == 0
    assert "page.tif: 170×130, 0.0 Mpx" in done.stdout
    assert "numpy on cpu (fp32), recipe balanced, threshold 0.5" in done.stdout
    assert "GB predicted" in done.stdout
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "page.tif.json",
        "page.tif.mask.tif",
        "page.tif.probability.tif",
    ]


def test_the_summary_says_that_only_the_first_of_several_frames_was_examined(run, tmp_path):
    (tmp_path / "page.tif").write_bytes(animation("TIFF"))

    assert "it holds 2 frames, and only the first was examined" in run().stdout


def test_the_result_of_another_image_stays_and_a_stem_gives_the_new_one_a_place(run, tmp_path):
    run()
    cv2.imwrite(str(tmp_path / "page.tif"), 255 - page_of(130, 170))

    done = run()

    assert isinstance(done.exception, OutputError) and "with `stem`" in str(done.exception)
    assert run("--stem", "again/page").exit_code == 0
    assert (tmp_path / "out" / "again" / "page.json").is_file()


def test_json_is_the_document_that_was_written(run, bundle, tmp_path):
    done = run("--json", "--map-format", "float32", "--recipe", "fast")

    printed = json.loads(done.stdout)
    assert printed == json.loads((tmp_path / "out" / "page.tif.json").read_text())
    assert printed["map_format"] == "float32"
    with Detector(bundle, "numpy", "fast") as detector:
        assert printed["raw_score"] == round(detector(tmp_path / "page.tif").raw_score, 6)


def test_too_little_memory_is_the_error_that_main_prints(run):
    done = run("--memory", "20MB")

    assert isinstance(done.exception, TooLittleMemory)
    assert "may take 0.02GB; give it more" in str(done.exception)


def test_an_unknown_map_format_is_misuse(run):
    assert run("--map-format", "uint16").exit_code == 2


def test_a_damaged_image_is_refused_or_examined_as_asked(run, tmp_path):
    page = bytearray((tmp_path / "page.tif").read_bytes())
    place = len(page) // 2
    page[place : place + 8] = bytes(255 - byte for byte in page[place : place + 8])
    (tmp_path / "page.tif").write_bytes(page)

    refused = run()
    assert refused.exit_code == 1 and "`damaged='examine'`" in str(refused.exception)
    assert run("--damaged", "examine").exit_code == 0
    document = json.loads((tmp_path / "out" / "page.tif.json").read_text())
    assert document["provenance"]["conversions"][-1].startswith("damaged: ")
