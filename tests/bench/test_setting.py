"""Settings: what they are called, how they are varied, what they refuse."""

import pytest

from forensics_rt.bench import sweep as module
from forensics_rt.bench.setting import Setting, choose_backends, open_detector
from forensics_rt.bench.sweep import AXES, sweep, usual_values
from forensics_rt.errors import BackendUnavailable, BenchmarkError, RecipeError
from forensics_rt.recipe import PRESETS

BASE = Setting("openvino", None, PRESETS["balanced"])


@pytest.mark.parametrize(
    ("axis", "labels"),
    [
        ("batch", ["openvino, balanced, batch 32", "openvino, balanced, batch 40"]),
        ("threads", ["openvino, balanced, threads 32", "openvino, balanced, threads 40"]),
        ("requests", ["openvino, balanced, requests 32", "openvino, balanced, requests 40"]),
        ("tile", ["openvino, balanced tile 32", "openvino, balanced tile 40"]),
        ("overlap", ["openvino, balanced overlap 32", "openvino, balanced overlap 40"]),
    ],
)
def test_a_sweep_is_a_setting_for_each_value(axis, labels):
    found = sweep(BASE, axis, (32, 40))

    assert [setting.label for setting in found] == labels
    assert len({*found, BASE}) == 3
    if axis == "tile":
        assert found[1].recipe.tile_sizes == (40,) and found[1].recipe.overlap == 24
    if axis == "overlap":
        assert found[1].recipe.overlap == 40


def test_the_usual_values_fit_the_bundle_and_the_machine(bundle, monkeypatch):
    monkeypatch.setattr(module, "usable_cores", lambda: 6)
    values = {axis: usual_values(axis, bundle.manifest) for axis in AXES}

    assert values["threads"] == values["requests"] == (1, 2, 4, 6)
    assert values["tile"] == (32, 64)
    assert values["batch"] == (1, 2, 4, 8, 16)
    assert values["overlap"] == (0, 16, 24)


def test_an_overlap_that_no_tile_has_is_refused():
    with pytest.raises(RecipeError, match="overlap is -8"):
        sweep(BASE, "overlap", (-8,))


def test_an_overlap_that_the_recipe_does_not_heed_is_not_varied():
    base = Setting("openvino", None, PRESETS["tianchi-fft2"])
    with pytest.raises(RecipeError, match="ignores the overlap"):
        sweep(base, "overlap", (8, 32))


def test_a_setting_reaches_the_backend(bundle):
    setting = Setting("openvino", "cpu", PRESETS["fast"], threads=1, requests=2)
    assert setting.label == "openvino on cpu, fast, threads 1, requests 2"
    with open_detector(bundle, setting) as detector:
        assert detector.recipe.name == "fast" and detector.capabilities.side_by_side == 2


def test_a_batch_must_be_one_that_the_bundle_takes(bundle):
    with open_detector(bundle, Setting("numpy", None, PRESETS["fast"], batch=16)) as detector:
        assert detector.capabilities.batch == 16
    with pytest.raises(BenchmarkError, match="batch must be from 1 to 16 with this bundle"):
        open_detector(bundle, Setting("numpy", None, PRESETS["fast"], batch=17))


def test_backends_are_chosen_by_name_or_all_or_as_a_detector_would(bundle):
    assert choose_backends("auto", None, bundle) == ("openvino",)
    assert {"openvino", "onnxruntime", "torch"} <= set(choose_backends("all", "cpu", bundle))
    assert "numpy" not in choose_backends("all", None, bundle)
    assert choose_backends("torch, numpy,torch", None, bundle) == ("torch", "numpy")
    with pytest.raises(BackendUnavailable, match="no backend named 'tpu'; there are: auto, all"):
        choose_backends("openvino,tpu", None, bundle)
