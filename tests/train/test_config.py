"""Configurations: every name and type is checked, and the message says which."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest

import train
from train.config import (
    SECTIONS,
    DataConfig,
    FitConfig,
    FoldsConfig,
    ModelConfig,
    OptimizerConfig,
    SynthConfig,
    build_config,
    read_config,
)

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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
        (
            SMALLEST + 'refresh_steps = "5"',
            r"pool\.refresh_steps must be a valid integer, but is '5'",
        ),
        (SMALLEST + "capacity = true", r"pool\.capacity must be a valid integer, but is True"),
        (SMALLEST + "[model]\nwidths = 3", r"model\.widths must be a valid array, but is 3"),
        (
            SMALLEST + "[[stages]]\nuntil = 1.0",
            r"stages\[0\]\.size is missing\nstages\[0\]\.batch is missing",
        ),
        ("[run]\nsteps = 5\n", r"run\.out is missing"),
        ("[run\n", "must be TOML"),
        (SMALLEST.split("[pool]")[0], "must have data"),
        (SMALLEST + "[folds]\ncount = 2", "folds need data"),
        (OWN + '[validation]\nimages = "v"', r"beside validation\.images \('v'\)"),
        (OWN + '[validation]\nfile = "v.csv"', r"beside validation\.file \('v\.csv'\)"),
        (
            SMALLEST + '[[data]]\nkind = "video"',
            r"data\[0\]\.kind must be 'pool', 'pairs', .*, but is 'video'",
        ),
        (SMALLEST + '[[data]]\nkind = "pairs"', "must name images"),
        (SMALLEST + "capasity = 3", r"pool\.capasity is unknown; did you mean 'capacity'\?"),
        (SMALLEST + "[model]\ndepth = 3", r"model\.depth is unknown; there are widths, dilations"),
        (OWN + "masks = 'm'\nsize = 3", r"data\[0\]\.size is unknown; there are kind, weight"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        _read(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "near"),
    [("optimizers", "optimizer"), ("fold", "folds"), ("source", "sources"), ("other", None)],
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
        with pytest.raises(ValueError, match=r"page\.mask_style must be 'blob' or 'stroke', but"):
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


OLD = """
[run]
out = "x"
steps = 5
[pool]
folder = "p"
[optimiser]
peak = 2e-3
distil = 0.5
[[stages]]
until = 1.0
size = 96
batch = 2
centred_from = 0.9
centred_to = 0.8
life_from = 0.0
life_to = 1.0
[sources]
edited = "train/recipes/sroie_edits.csv"
[page]
untouched_share = 0.4
"""


def test_a_config_of_an_earlier_version_still_opens(tmp_path):
    config = _read(tmp_path, OLD, "optimiser.ema=0.5", "stages.0.centred_to=0.7")
    assert config.optimizer == OptimizerConfig(learning_rate=2e-3, distill=0.5, ema=0.5)
    assert (config.stages[0].centered_from, config.stages[0].centered_to) == (0.9, 0.7)
    assert config.page.authentic_share == 0.4
    assert Path(config.sources.edited).is_file()


def test_the_record_of_a_run_makes_its_config_again(tmp_path):
    config = _read(tmp_path, OLD)
    record = json.loads(json.dumps(dataclasses.asdict(config)))
    assert build_config(FitConfig, record) == config
    assert build_config(FitConfig, {**tomllib.loads(OLD), "folds": None}) == config


def test_a_key_by_both_its_names_is_refused(tmp_path):
    with pytest.raises(ValueError, match="optimizer must be named once"):
        _read(tmp_path, OLD + "[optimizer]\nclip = 1.0\n")
