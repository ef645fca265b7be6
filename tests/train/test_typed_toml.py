"""Configurations: every name and type is checked, and the message says which."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import train
from train.config import (
    SECTIONS,
    DataConfig,
    FitConfig,
    FoldsConfig,
    ModelConfig,
    SynthConfig,
    read_config,
)

SMALLEST = '[run]\nout = "x"\nsteps = 5\n[pool]\nfolder = "p"\n'
OWN = SMALLEST + '[folds]\ncount = 2\n[[data]]\nkind = "pairs"\nimages = "i"\n'


def _read(tmp_path: Path, text: str, *changes: str) -> FitConfig:
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path, FitConfig, changes)


def test_lists_of_tables_and_optional_sections_get_their_types(tmp_path):
    text = (
        '[run]\nout = "x"\nsteps = 5\n[folds]\ncount = 4\nindex = 2\n'
        '[[data]]\nkind = "list"\nfile = "pairs.csv"\nweight = 2\n[[data]]\nkind = "synthetic"\n'
    )
    config = _read(tmp_path, text)
    assert config.folds == FoldsConfig(4, 2)
    assert config.mix == (DataConfig("list", 2.0, file="pairs.csv"), DataConfig("synthetic"))
    assert isinstance(config.mix[0].weight, float)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALLEST + 'refresh_steps = "5"', r"pool\.refresh_steps must be int, but is '5'"),
        (SMALLEST + "capacity = true", r"pool\.capacity must be int, but is True"),
        (SMALLEST + "[model]\nwidths = 3", r"model\.widths must be a table or a list"),
        (SMALLEST + "[[stages]]\nuntil = 1.0", r"stages\[0\].*missing"),
        ("[run]\nsteps = 5\n", "run is not complete.*missing"),
        ("[run\n", "must be TOML"),
        (SMALLEST.split("[pool]")[0], "must have data"),
        (SMALLEST + "[folds]\ncount = 2", "folds need data"),
        (OWN + '[validation]\nimages = "v"', r"beside validation\.images \('v'\)"),
        (OWN + '[validation]\nfile = "v.csv"', r"beside validation\.file \('v\.csv'\)"),
        (SMALLEST + '[[data]]\nkind = "video"', "one of pool, pairs"),
        (SMALLEST + '[[data]]\nkind = "pairs"', "must name images"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        _read(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "near"),
    [("optimizer", "optimiser"), ("fold", "folds"), ("source", "sources"), ("other", None)],
)
@pytest.mark.parametrize("kind", [FitConfig, SynthConfig])
def test_a_section_that_no_command_knows_is_refused(tmp_path, name, near, kind):
    path = tmp_path / "run.toml"
    wanted = f"{name!r} is none" + (f"; did you mean {near!r}" if near else "")
    path.write_text(f"{SMALLEST}[{name}]\nx = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=wanted):
        read_config(path, kind)
    path.write_text(SMALLEST, encoding="utf-8")
    with pytest.raises(ValueError, match=f"{name}.x=1.*{wanted}"):
        read_config(path, kind, [f"{name}.x=1"])


def test_a_command_reads_its_sections_of_a_file_for_several(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(SMALLEST + "[page]\nsize = 96\n", encoding="utf-8")
    assert read_config(path, SynthConfig).page.size == 96
    assert {f.name for f in dataclasses.fields(SynthConfig)} <= set(SECTIONS)


def test_a_choice_of_words_can_be_made(tmp_path):
    config = _read(tmp_path, SMALLEST + '[page]\nmask_style = "stroke"\n')
    assert config.page.mask_style == "stroke"
    assert _read(tmp_path, SMALLEST, "page.mask_style=stroke") == config
    for wrong in ("lines", "3"):
        with pytest.raises(ValueError, match=r"page\.mask_style must be one of blob, stroke, but"):
            _read(tmp_path, SMALLEST, f"page.mask_style={wrong}")


def test_changes_replace_values_of_the_file(tmp_path):
    config = _read(tmp_path, SMALLEST, "run.steps=9", "run.out=a b/c", "run.seed=2")
    assert (config.run.steps, config.run.out, config.run.seed) == (9, "a b/c", 2)


def test_changes_reach_into_lists_of_tables(tmp_path):
    text = '[run]\nout = "x"\nsteps = 5\n' + 2 * '[[data]]\nkind = "synthetic"\n'
    config = _read(tmp_path, text, "data.1.weight=3")
    assert [entry.weight for entry in config.mix] == [1.0, 3.0]
    for wrong in ("data.2.weight=3", "run.out.x=3", "steps=3", "data.x=1"):
        with pytest.raises(ValueError, match=r"must (name|be section)"):
            _read(tmp_path, text, wrong)


def test_sizes_belong_to_the_house_network_only():
    assert ModelConfig(widths=(8, 8, 8, 8)).sizes["widths"] == (8, 8, 8, 8)
    assert ModelConfig(architecture="seresnext50").sizes == {}
    with pytest.raises(ValueError, match="only for forensic_unet"):
        ModelConfig(widths=(8, 8, 8, 8), architecture="seresnext50")


@pytest.mark.parametrize(
    "path", sorted((Path(train.__file__).parent / "configs").glob("*.toml")), ids=lambda p: p.stem
)
def test_every_config_is_readable(path):
    config = read_config(path, FitConfig)
    assert config.stages[-1].until == 1.0
    assert config.largest_crop % 32 == 0
