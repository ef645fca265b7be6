"""What CONTRIBUTING.md shows works as it is written there."""

import importlib
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forensics_rt import Detector
from forensics_rt.backends import registry
from forensics_rt.backends.adapters import find_adapters
from forensics_rt.backends.registry import examine
from forensics_rt.errors import BackendUnavailable
from tests.bundles import brightness_graph, write_bundle

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^ *```(?P<kind>\w+)\n(?P<code>.*?)^ *```", re.DOTALL | re.MULTILINE)


def shown(section: str, kind: str) -> str:
    """Return the first piece of code of a kind below a heading."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    text = text.split(f"## {section}\n")[1].split("\n## ")[0]
    found = next(block for block in BLOCK.finditer(text) if block["kind"] == kind)
    return textwrap.dedent(found["code"])


@pytest.fixture
def with_toy(tmp_path, monkeypatch):
    """Install the toy backend as pip would: a module, and the entry points of its package."""
    (tmp_path / "toy_backend.py").write_text(shown("Add a backend", "python"), encoding="utf-8")
    row = re.compile(r'entry-points\."(.*)"\]\n(\w+) = "(.*)"')
    section, name, value = row.search(shown("Add a backend", "toml")).groups()
    installed = tmp_path / "toy-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: toy\nVersion: 1.0\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text(f"[{section}]\n{name} = {value}\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "ADAPTERS", find_adapters())
    yield
    sys.modules.pop("toy_backend", None)


def test_a_backend_of_another_package_runs_by_its_name(with_toy, tmp_path):
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()])
    page = np.zeros((64, 64, 3), np.uint8)

    assert examine("toy").usable
    with Detector(bundle, backend="toy") as detector:
        assert np.allclose(detector(page).probability, 0.25)
        assert detector.capabilities.name == "toy"
    with Detector(bundle) as detector:
        assert detector.capabilities.name != "toy", "auto takes only what is in this package"


def test_a_backend_that_does_not_load_says_why(with_toy, tmp_path):
    (tmp_path / "toy_backend.py").write_text("import no_such_engine\n", encoding="utf-8")
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()])

    with pytest.raises(BackendUnavailable, match=r"toy_backend.*No module named 'no_such_engine'"):
        Detector(bundle, backend="toy")


def test_a_forgery_kind_edits_a_page_and_says_where():
    base = pytest.importorskip("train.synth.forgery.base")
    scene = importlib.import_module("train.synth.scene.base")
    names: dict[str, Any] = {}
    exec(shown("Add a forgery kind", "python"), names)
    page = np.full((100, 200, 3), 250, np.uint8)
    canvas = base.Canvas(page, [scene.Word(20, 30, 60, 50)], fonts=None, donor=None)

    touched = names["underline"](np.random.default_rng(1), canvas)

    assert touched.box == (20, 50, 60, 54)
    changed = np.zeros((100, 200), bool)
    changed[50:54, 20:60] = True
    assert np.array_equal((page != 250).any(axis=2), changed)


def test_a_metric_is_a_function_of_counts():
    metrics = pytest.importorskip("train.metrics")
    names: dict[str, Any] = {}
    exec(shown("Add a metric", "python"), names)
    assert names["specificity"](metrics.PixelCounts(hit=5, false_alarm=1, miss=0, rest=3)) == 0.75
