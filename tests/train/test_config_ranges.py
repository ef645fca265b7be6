"""Numbers of a configuration that no run can be made of are refused, by name."""

from __future__ import annotations

import pytest

from train.config import FitConfig, read_config

TEXT = (
    '[run]\nout = "x"\nsteps = 5\n[folds]\ncount = 2\n[[data]]\nkind = "pairs"\nimages = "i"\n'
    + "".join(
        f"[[stages]]\nuntil = {until}\nsize = 96\nbatch = 2\ncentred_from = 0.8\n"
        "centred_to = 0.8\nlife_from = 0.0\nlife_to = 1.0\n"
        for until in (0.5, 1.0)
    )
)


def _read(tmp_path, *changes: str) -> FitConfig:
    path = tmp_path / "run.toml"
    path.write_text(TEXT, encoding="utf-8")
    return read_config(path, FitConfig, changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("run.keep=-1", r"run\.keep must be at least 0, but is -1"),
        ("run.seed=-1", r"run\.seed must be at least 0"),
        ("run.minutes=-1", r"run\.minutes must be at least 0"),
        ("run.checkpoint_steps=-1", r"run\.checkpoint_steps must be at least 0"),
        ("run.threads=0", r"run\.threads must be at least 1, but is 0"),
        ("optimiser.peak=-1", r"optimiser\.peak must be above 0, but is -1"),
        ("optimiser.peak=nan", r"optimiser\.peak must be above 0, but is nan"),
        ("optimiser.clip=0", r"optimiser\.clip must be above 0"),
        ("optimiser.ema=2", r"optimiser\.ema must be 0 to 1, but is 2\.0"),
        ("optimiser.warm_up=1", r"optimiser\.warm_up must be below 1"),
        ("optimiser.gamma=-0.5", r"optimiser\.gamma must be at least 0"),
        ("page.size=-3", r"page\.size must be at least 0, but is -3"),
        ("page.real_share=-1", r"page\.real_share must be 0 to 1"),
        ("page.untouched_share=3", r"page\.untouched_share must be 0 to 1, but is 3\.0"),
        ("page.most_edits=-1", r"page\.most_edits must be at least 0"),
        ("stages.1.until=7", r"stages\.until must be 0 to 1, but is 7\.0"),
        ("stages.0.until=0", r"stages\.until must be above 0"),
        ("stages.1.until=0.2", r"stages\.until must not fall .* but are 0\.5, 0\.2"),
        ("stages.0.batch=0", r"stages\.batch must be at least 1, but is 0"),
        ("stages.0.size=0", r"stages\.size must be at least 1"),
        ("stages.0.size=100", r"stages\.size must be a multiple of 16 .* but is 100"),
        ("stages.0.twins=5", r"stages\.twins must be 0 to 1"),
        ("stages.0.life_to=-1", r"stages\.life_to must be 0 to 1"),
        ("data.0.memory_gib=-1", r"data\.memory_gib must be at least 0"),
        ("data.0.weight=nan", r"data\.weight must be above 0, but is nan"),
        ("folds.seed=-1", r"folds\.seed must be at least 0"),
        ("validation.after_life=3", r"validation\.after_life must be 0 to 1"),
        ("validation.pages=-1", r"validation\.pages must be at least 0"),
    ],
)
def test_a_number_out_of_its_range_is_named(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        _read(tmp_path, change)


@pytest.mark.parametrize(
    "change",
    ["page.size=0", "page.most_edits=0", "optimiser.clip=inf", "optimiser.ema=0", "run.keep=0"],
)
def test_the_ends_of_a_range_belong_to_it(tmp_path, change):
    _read(tmp_path, change)


def test_a_stage_may_be_left_out_by_ending_the_one_before(tmp_path):
    assert _read(tmp_path, "stages.0.until=1.0").stages[0].until == 1.0


def test_crops_must_fit_the_network(tmp_path):
    assert _read(tmp_path, "stages.0.size=80").stages[0].size == 80
    with pytest.raises(ValueError, match=r"multiple of 32 for seresnext50, but is 80"):
        _read(tmp_path, "stages.0.size=80", "model.architecture=seresnext50")
