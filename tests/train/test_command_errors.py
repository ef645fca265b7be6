"""What a user gets wrong on the command line ends in one line that names it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from train.__main__ import main
from train.commands import contact, pool, samples, synth
from train.synth.scene.fonts import find_fonts

PAGES = "[page]\nsize = 96\nreal_share = 1.0\n"


@pytest.fixture
def config(sources, tmp_path, monkeypatch):
    for command in (contact, pool, samples, synth):
        monkeypatch.setattr(command, "open_sources", lambda *_, **__: sources)
    path = tmp_path / "pages.toml"
    path.write_text(PAGES, encoding="utf-8")
    return str(path)


def _refused(capsys, *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 2
    return capsys.readouterr().err


def test_a_sheet_is_written_also_into_a_new_folder(config, tmp_path):
    out = tmp_path / "new" / "sheet.png"
    assert main(["contact", "--config", config, "--out", str(out), "--count", "3"]) == 0
    assert cv2.imread(str(out)).shape == (96, 4 * 96, 3)


@pytest.mark.parametrize(
    ("out", "more", "message"),
    [
        ("s.xyz", (), "--out must end in a kind of picture that OpenCV writes"),
        ("s.png", ("--count", 0), "--count must be at least 1, but is 0"),
        ("s.png", ("--columns", 0), "--columns must be at least 1, but is 0"),
        ("pages.toml/s.png", ("--count", 1), "cannot be written"),
    ],
)
def test_a_sheet_that_cannot_be_drawn_is_refused(config, tmp_path, capsys, out, more, message):
    told = _refused(capsys, "contact", "--config", config, "--out", tmp_path / out, *more)
    assert message in told
    assert told.count("\n") == 1


def test_samples_go_into_a_folder_and_there_is_one_at_least(config, tmp_path, capsys):
    told = _refused(capsys, "samples", "--config", config, "--out", config)
    assert "pages.toml" in told and "cannot be written" in told
    told = _refused(capsys, "samples", "--config", config, "--out", tmp_path / "o", "--count", -1)
    assert "--count must be at least 1, but is -1" in told


@pytest.mark.parametrize("name", ["step", "shards", "keep", "workers"])
def test_a_pool_of_nothing_is_refused(config, tmp_path, capsys, name):
    told = _refused(capsys, "pool", "--config", config, "--out", tmp_path / "o", f"--{name}", 0)
    assert told == f"train pool: --{name} must be at least 1, but is 0\n"


def test_pairs_go_into_a_folder(config, capsys):
    told = _refused(capsys, "synth", "--config", config, "--out", config, "--count", 1)
    assert "pages.toml" in told and "exists" in told


def test_a_pair_that_cannot_be_written_is_an_error(config, sources, tmp_path):
    from forensics_rt.errors import OutputError
    from train.config import SynthConfig

    with pytest.raises(OutputError, match="cannot be written"):
        synth.write_pair(tmp_path / "pages.toml", 0, sources, SynthConfig(), 0)


def test_a_pair_is_stored_without_loss(sources, tmp_path):
    from train.config import SynthConfig
    from train.synth.finished import finished_page
    from train.synth.page import PageConfig

    config = SynthConfig(page=PageConfig(size=96, real_share=1.0))
    synth.write_pair(tmp_path, 0, sources, config, 3)
    page = finished_page(0, 3, sources, config.page)
    assert np.array_equal(cv2.imread(str(tmp_path / "000003.png"))[..., ::-1], page.image)
    assert (tmp_path / "000003_mask.png").is_file()


def test_a_folder_is_no_configuration(tmp_path, capsys):
    assert str(tmp_path) in _refused(capsys, "fit", "--config", tmp_path)


def test_a_configuration_that_is_no_text_is_named(tmp_path, capsys):
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert f"{path} must be TOML" in _refused(capsys, "fit", "--config", path)


@pytest.mark.parametrize("content", [b"", b"no font at all"])
def test_a_broken_typeface_is_named(tmp_path, content):
    (tmp_path / "broken.ttf").write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.ttf must be a font .* take it out"):
        find_fonts([tmp_path], None)


def test_a_typeface_with_broken_glyphs_is_named(font, tmp_path):
    content = bytearray(Path(font).read_bytes())
    table = content.index(b"glyf")  # its entry: tag, checksum, place, length
    place = int.from_bytes(content[table + 8 : table + 12], "big")
    length = int.from_bytes(content[table + 12 : table + 16], "big")
    content[place : place + length] = bytes(range(256)) * (length // 256) + bytes(length % 256)
    (tmp_path / "broken.ttf").write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.ttf must be a font .* take it out"):
        find_fonts([tmp_path], None)
