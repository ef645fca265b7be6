"""`--cpu-formats auto`: int8 in the same command, which never stops a bundle."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from export.build_engines import main
from forensics_rt import Bundle
from forensics_rt.backends.openvino import formats_here, load_openvino

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
Build = Callable[..., int]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Four small parts of samples, as somebody's own scans."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for path in sorted(SAMPLES.glob("*.jpg"))[:4]:
        with Image.open(path) as page:
            page.crop((200, 200, 456, 456)).save(folder / f"{path.stem}.png")
    return folder


@pytest.fixture
def build(house_checkpoint: Callable[[int], Path], images: Path, tmp_path: Path) -> Build:
    def run(*options: str, folder: Path = images) -> int:
        words = ["--checkpoint", str(house_checkpoint(3)), "--tiles", "64", "96"]
        words += ["--cpu-formats", "auto", "--calibration-images", str(folder)]
        return main([*words, "--out", str(tmp_path / "out"), *options])

    return run


def int8_rows(bundle: Bundle) -> list[bool]:
    return [row.passed for row in bundle.manifest.parity if "int8" in row.engine]


def test_int8_that_passes_is_in_the_bundle(build: Build, tmp_path: Path, capsys) -> None:
    report = tmp_path / "layers.json"
    limits = ("--flipped-share", "0.02", "--iou-loss", "0.5")
    assert build(*limits, "--int8-report", str(report)) == 0

    bundle = Bundle.open(tmp_path / "out")
    (member,) = bundle.manifest.members
    assert member.int8 is not None and member.int8 in bundle.manifest.files()
    assert len(int8_rows(bundle)) >= 2 and all(int8_rows(bundle))
    assert bundle.manifest.built_with["int8 member-1 in float32"].endswith("%")
    (found,) = json.loads(report.read_text())["networks"].values()
    assert found["passed"] and 0.0 <= found["float32_share"] <= 0.25
    assert {"name", "share", "flipped", "computes_in"} == found["layers"][0].keys()
    assert "layers alone in int8" in capsys.readouterr().err


def test_int8_that_does_not_pass_leaves_float32_and_a_line(build: Build, tmp_path, caplog) -> None:
    assert build("--mean-difference", "0.000001") == 0

    bundle = Bundle.open(tmp_path / "out")
    assert bundle.manifest.members[0].int8 is None
    assert not all(int8_rows(bundle)), "what was tried is on record"
    assert not list((tmp_path / "out").rglob("*int8*"))
    (said,) = [text for text in caplog.messages if text.startswith("torch int8 graph")]
    assert "is recorded as not allowed" in said and "\n" not in said
    assert "did not pass" in str(formats_here(load_openvino().Core(), bundle)["int8"])


def test_pages_on_which_nothing_is_found_cannot_judge(build: Build, tmp_path, caplog) -> None:
    blank = tmp_path / "blank"
    blank.mkdir()
    Image.new("RGB", (128, 128), "gray").save(blank / "page.png")
    assert build("--threshold", "0.9999", folder=blank) == 0

    assert Bundle.open(tmp_path / "out").manifest.members[0].int8 is None
    (said,) = [text for text in caplog.messages if text.startswith("int8 was not tried")]
    assert "finds nothing" in said and "--calibration-images" in said


def test_a_folder_that_is_not_there_is_an_error_before_anything(build: Build, tmp_path, capsys):
    assert build(folder=tmp_path / "none") == 1
    assert "--calibration-images takes a folder" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--checkpoint", "c", "--cpu-formats", "auto"], "auto needs --calibration-images"),
        (["--bundle", "default", "--cpu-formats", "auto"], "--cpu-formats goes with --checkpoint"),
        (["--checkpoint", "c", "--int8-report", "r"], "--int8-report goes with"),
        (["--checkpoint", "c", "--calibration-images", "d"], "goes with --engine"),
    ],
)
def test_options_that_do_not_go_together(words: list[str], complaint: str, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--out", "o"])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_the_earlier_spelling_of_the_option_works(tmp_path: Path, capsys) -> None:
    words = ["--bundle", "default", "--precision", "int8", "--calibration", str(tmp_path)]
    assert main([*words, "--out", str(tmp_path / "out")]) == 1
    assert "holds no image" in capsys.readouterr().err
