"""Number formats are timed once a machine, on a real tile, in turns, within a budget."""

import itertools
import json

import numpy as np
import pytest

from forensics_rt.backends import format_timing
from forensics_rt.backends.format_timing import measured_ratios
from tests.bundles import brightness_graph, golden, write_bundle


@pytest.fixture
def bundle(tmp_path):
    return write_bundle(tmp_path / "bundle", [brightness_graph()], goldens=[golden()])


class Clock:
    """A processor whose time goes on by what each run takes."""

    def __init__(self, monkeypatch):
        self.now, self.runs = 0.0, []
        monkeypatch.setattr(format_timing.time, "process_time", lambda: self.now)
        monkeypatch.setattr(format_timing, "_measured", {})

    def format(self, name, per_pixel):
        def infer(batch):
            self.runs.append((name, batch.shape[1]))
            self.now += per_pixel * batch.shape[1] * batch.shape[2]

        return infer


def formats(clock, f32=1e-6, **others):
    return {name: clock.format(name, cost) for name, cost in {"f32": f32, **others}.items()}


def test_the_ratio_is_that_of_the_times(bundle, monkeypatch):
    clock = Clock(monkeypatch)
    ratios = measured_ratios(bundle, formats(clock, bf16=0.5e-6, int8=4e-6), "1", None)
    assert ratios == pytest.approx({"f32": 1.0, "bf16": 2.0, "int8": 0.25})


def test_a_slow_network_is_timed_on_a_smaller_tile(tmp_path, monkeypatch):
    bundle = write_bundle(tmp_path / "large", [brightness_graph()], tiles=(512, 1024))
    sides = {}
    for cost in (1e-7, 1e-5):
        clock = Clock(monkeypatch)
        measured_ratios(bundle, formats(clock, f32=cost, bf16=cost), str(cost), None)
        sides[cost] = clock.runs[-1][1]
        assert clock.now < 2 * format_timing.BUDGET
    assert sides == {1e-7: 512, 1e-5: 128}


def test_what_was_measured_is_kept_and_stands_for_the_process(bundle, monkeypatch, tmp_path):
    clock = Clock(monkeypatch)
    first = measured_ratios(bundle, formats(clock, bf16=0.5e-6), "1", tmp_path)
    (kept,) = tmp_path.glob("*.speed.json")
    assert json.loads(kept.read_text())["ratios"]["bf16"] == pytest.approx(2.0)

    runs = len(clock.runs)
    kept.write_text(json.dumps({"ratios": {"f32": 1.0, "bf16": 9.0}, "tile": 64, "seconds": 1.0}))
    assert measured_ratios(bundle, formats(clock, bf16=9e-6), "1", tmp_path) == first
    monkeypatch.setattr(format_timing, "_measured", {})
    assert measured_ratios(bundle, formats(clock, bf16=9e-6), "1", tmp_path)["bf16"] == 9.0
    assert len(clock.runs) == runs, "nothing was run again"


@pytest.mark.parametrize("spoilt", ["", "{}", '{"ratios": {"f32": 1.0}, "tile": 64, "seconds": 1}'])
def test_figures_that_cannot_be_read_are_measured_again(bundle, monkeypatch, tmp_path, spoilt):
    clock = Clock(monkeypatch)
    measured_ratios(bundle, formats(clock, bf16=1e-6), "1", tmp_path)
    (kept,) = tmp_path.glob("*.speed.json")
    kept.write_text(spoilt)
    monkeypatch.setattr(format_timing, "_measured", {})

    again = measured_ratios(bundle, formats(clock, bf16=0.25e-6), "1", tmp_path)
    assert again["bf16"] == pytest.approx(4.0)


def test_where_figures_cannot_be_kept_a_warning_says_so(bundle, monkeypatch, tmp_path, caplog):
    taken = tmp_path / "taken"
    taken.write_text("a file, not a folder")
    ratios = measured_ratios(bundle, formats(Clock(monkeypatch), bf16=1e-6), "1", taken)
    assert ratios["bf16"] == pytest.approx(1.0)
    assert "Every start measures the number formats again" in caplog.text


def test_another_processor_or_engine_is_measured_anew(bundle, monkeypatch, tmp_path):
    clock, count = Clock(monkeypatch), itertools.count()
    for versions in ("engine 1", "engine 2"):
        measured_ratios(bundle, formats(clock, bf16=1e-6), versions, tmp_path)
        next(count)
    assert len(list(tmp_path.glob("*.speed.json"))) == next(count) == 2


def test_a_real_tile_is_taken_where_there_is_one(bundle, monkeypatch):
    seen = []
    clock = Clock(monkeypatch)
    watched = {"f32": lambda batch: seen.append(batch) or clock.format("f32", 1e-6)(batch)}
    measured_ratios(bundle, watched, "1", None)
    expected = bundle.golden(bundle.manifest.members[0].goldens[0])[0]
    assert np.array_equal(seen[-1][0], expected[: len(seen[-1][0]), : len(seen[-1][0])])
