"""Each program of `examples/` runs as its first lines say, on pages small enough to be quick."""

import runpy
import sys
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from forensics_rt.cli.main import app
from forensics_rt.cuda.driver import probe_driver

ROOT = Path(__file__).parents[2]
EXAMPLES = {path.name: path for path in sorted((ROOT / "examples").glob("*.py"))}
MOST_LINES = 40


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """Give an empty working folder with `docs/samples`: the part of two pages with an edit."""
    folder = tmp_path / "docs" / "samples"
    folder.mkdir(parents=True)
    for name, left, top in (("license", 330, 980), ("receipt", 450, 450)):
        page = cv2.imread(str(ROOT / "docs" / "samples" / f"{name}.jpg"))
        part = page[top : top + 320, left : left + 320]
        cv2.imwrite(str(folder / f"{name}.jpg"), part, [cv2.IMWRITE_JPEG_QUALITY, 95])
    monkeypatch.chdir(tmp_path)
    return folder


def run(name: str, *arguments: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    runpy.run_path(str(EXAMPLES[name]), run_name="__main__")


@pytest.fixture
def printed(pages, monkeypatch, capsys):
    """Run an example and return what it prints."""

    def run_and_read(name: str, *arguments: object) -> str:
        run(name, *arguments, monkeypatch=monkeypatch)
        return capsys.readouterr().out

    return run_and_read


def test_there_are_ten_and_each_is_short():
    assert [name[:2] for name in EXAMPLES] == [f"{number:02}" for number in range(1, 11)]
    for name, path in EXAMPLES.items():
        assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_LINES, name


def test_one_page(printed):
    said = printed("01_one_page.py")
    assert said.startswith("docs/samples/license.jpg: ") and "map (320, 320)" in said
    assert Path("out/license.jpg.overlay.jpg").is_file()


def test_a_folder_goes_on_after_a_damaged_image(printed, pages):
    (pages / "half.jpg").write_bytes((pages / "license.jpg").read_bytes()[:3000])
    said = printed("02_a_folder.py").splitlines()
    assert [line.split(":")[0] for line in said] == [
        f"docs/samples/{name}.jpg" for name in ("half", "license", "receipt")
    ]
    assert "damaged" in said[0] and Path("out/receipt.jpg.json").is_file()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pdf-image-switched-off-on-top", "  hidden: layer off at"),
        ("stamp_fullpage_alpha", "  painted over the scan: image at"),
        ("pdf-never-scanned", ": not_applicable\n  the page shows no image"),
    ],
)
def test_the_pages_of_a_pdf(printed, name, expected):
    said = printed("03_a_pdf.py", ROOT / "tests" / "data" / "pdf" / f"{name}.pdf")
    assert f"{name}.pdf-page1: " in said and expected in said


def test_an_array(printed):
    said = printed("04_an_array.py")
    assert "drawn page" in said and "same map: True" in said


def test_tta_gives_an_uncertainty(printed):
    said = printed("05_tta_and_ensembles.py")
    assert "balanced: raw score" in said and "mirrored: raw score" in said
    assert said.count("answers differ most by") == 1


def test_a_lower_threshold_reports_more(printed):
    said = printed("06_your_own_threshold.py").splitlines()
    shares = [float(line.split(": ")[1].split("%")[0]) for line in said[:3]]
    assert shares[0] >= shares[2] and "one image in a hundred" in said[3]


def test_a_network_of_ones_own_becomes_a_bundle(printed, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    said = printed("07_your_own_network.py", "my-bundle")
    assert "my-bundle" in said and Path("my-bundle/manifest.json").is_file()


def test_a_large_image(printed, fresh_process):
    said = printed("08_a_large_image.py")
    assert "predicted memory: " in said and Path("out/large.mask.tif").is_file()


@pytest.mark.skipif(probe_driver().usable, reason="this is what happens without a GPU")
def test_without_a_gpu_the_example_says_what_is_missing(pages, monkeypatch):
    with pytest.raises(SystemExit, match=r"no GPU to use: .*driver"):
        run("09_gpu_tensor.py", monkeypatch=monkeypatch)


@pytest.mark.gpu
def test_a_tensor_on_the_gpu(printed):
    said = printed("09_gpu_tensor.py")
    assert "cuda:0 (768, 768)" in said and "verdict" in said


def test_results_are_read(printed, pages):
    done = CliRunner().invoke(app, ["detect", str(pages), "--out", "out"])
    assert done.exit_code == 0, done.output
    said = printed("10_read_results.py")
    assert "docs/samples/license.jpg" not in said and "license.jpg" in said
    assert "2 of 2 images done" in said
