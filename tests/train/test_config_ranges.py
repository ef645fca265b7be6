"""Numbers of a configuration that no run can be made of are refused, by name."""

from __future__ import annotations

import pytest

from train.config import FitConfig, read_config

TEXT = (
    '[run]\nout = "x"\nsteps = 5\n[folds]\ncount = 2\n[[data]]\nkind = "pairs"\nimages = "i"\n'
    + "".join(
        f"[[stages]]\nuntil = {until}\nsize = 96\nbatch = 2\ncentered_from = 0.8\n"
        "centered_to = 0.8\nlife_from = 0.0\nlife_to = 1.0\n"
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
        ("run.keep=-1", r"run\.keep must be greater than or equal to 0, but is -1"),
        ("run.seed=-1", r"run\.seed must be greater than or equal to 0"),
        ("run.minutes=-1", r"run\.minutes must be greater than or equal to 0"),
        ("run.checkpoint_steps=-1", r"run\.checkpoint_steps must be greater than or equal to 0"),
        ("run.threads=0", r"run\.threads must be greater than or equal to 1, but is 0"),
        (
            "optimizer.learning_rate=-1",
            r"optimizer\.learning_rate must be greater than 0, but is -1",
        ),
        (
            "optimizer.learning_rate=nan",
            r"optimizer\.learning_rate must be greater than 0, but is nan",
        ),
        ("optimizer.clip=0", r"optimizer\.clip must be greater than 0"),
        ("optimizer.ema=2", r"optimizer\.ema must be less than or equal to 1, but is 2"),
        ("optimizer.warm_up=1", r"optimizer\.warm_up must be less than 1"),
        ("optimizer.gamma=-0.5", r"optimizer\.gamma must be greater than or equal to 0"),
        ("page.size=-3", r"page\.size must be greater than or equal to 0, but is -3"),
        ("page.real_share=-1", r"page\.real_share must be greater than or equal to 0"),
        (
            "page.authentic_share=3",
            r"page\.authentic_share must be less than or equal to 1, but is 3",
        ),
        ("page.most_edits=-1", r"page\.most_edits must be greater than or equal to 0"),
        ("stages.1.until=7", r"stages\[1\]\.until must be less than or equal to 1, but is 7"),
        ("stages.0.until=0", r"stages\[0\]\.until must be greater than 0"),
        ("stages.1.until=0.2", r"stages\.until must not fall .* but are 0\.5, 0\.2"),
        ("stages.0.batch=0", r"stages\[0\]\.batch must be greater than or equal to 1, but is 0"),
        ("stages.0.size=0", r"stages\[0\]\.size must be greater than or equal to 1"),
        ("stages.0.size=100", r"stages\.size must be a multiple of 16 .* but is 100"),
        ("stages.0.twins=5", r"stages\[0\]\.twins must be less than or equal to 1"),
        ("stages.0.life_to=-1", r"stages\[0\]\.life_to must be greater than or equal to 0"),
        ("data.0.memory_gib=-1", r"data\[0\]\.memory_gib must be greater than or equal to 0"),
        ("data.0.weight=nan", r"data\[0\]\.weight must be greater than 0, but is nan"),
        ("folds.seed=-1", r"folds\.seed must be greater than or equal to 0"),
        ("validation.after_life=3", r"validation\.after_life must be less than or equal to 1"),
        ("validation.pages=-1", r"validation\.pages must be greater than or equal to 0"),
    ],
)
def test_a_number_out_of_its_range_is_named(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        _read(tmp_path, change)


@pytest.mark.parametrize(
    "change",
    ["page.size=0", "page.most_edits=0", "optimizer.clip=inf", "optimizer.ema=0", "run.keep=0"],
)
def test_the_ends_of_a_range_belong_to_it(tmp_path, change):
    _read(tmp_path, change)


def test_a_stage_may_be_left_out_by_ending_the_one_before(tmp_path):
    assert _read(tmp_path, "stages.0.until=1.0").stages[0].until == 1.0


def test_crops_must_fit_the_network(tmp_path):
    assert _read(tmp_path, "stages.0.size=80").stages[0].size == 80
    with pytest.raises(ValueError, match=r"multiple of 32 for seresnext50, but is 80"):
        _read(tmp_path, "stages.0.size=80", "model.architecture=seresnext50")
