"""Bundles and calibration files of earlier versions open: their keys are read as those of today."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from forensics_rt.bundle.manifest import EngineRecord, Manifest
from forensics_rt.calibration.file import calibration_id, read_calibration
from forensics_rt.io.old_words import TODAY
from forensics_rt.recipe import Recipe
from tests.bundles import brightness_graph, write_bundle

OF_BEFORE = Path(__file__).parents[1] / "data" / "calibration_of_fast_3.1.json"


def test_a_calibration_of_before_can_be_read_and_keeps_its_id():
    assert "peak" in json.loads(OF_BEFORE.read_text())["pixel"]

    record = read_calibration(OF_BEFORE)
    assert record.pixel.high_threshold == 0.98
    assert calibration_id(record) == "fabb65bc8729b35b", "results of before name it so"


def test_a_manifest_of_before_says_the_same(tmp_path):
    recipe = Recipe("own", tta=("identity", "rotate180"), high_threshold=0.9, exit_threshold=0.1)
    manifest = write_bundle(tmp_path, [brightness_graph()] * 2).manifest
    first, second = manifest.members
    changes = {"members": (first,), "cascade": second, "recipes": {"own": recipe}}
    manifest = Manifest.model_validate(
        manifest.model_copy(update=changes).model_dump(by_alias=True)
    )
    text = manifest.to_json()
    for old, new in TODAY.items():
        text = text.replace(f'"{new}":', f'"{old}":')

    assert all(word in text for word in ("licence", "screen", "colour_order", "symmetries", "peak"))
    assert Manifest.model_validate_json(text) == manifest


def test_a_key_under_both_names_is_refused(tmp_path):
    written = json.loads(write_bundle(tmp_path, [brightness_graph()]).manifest.to_json())

    with pytest.raises(ValidationError, match="licence"):
        Manifest.model_validate(written | {"licence": "MIT"})


def test_an_engine_of_before_has_its_optimization_level():
    record = {
        "kind": "tensorrt",
        "member": "fold1",
        "tile": 64,
        "batch": {"min": 1, "opt": 1, "max": 1},
        "precision": "fp16",
        "file": {"path": "a.plan", "bytes": 1, "sha256": "0" * 64},
        "graph_sha256": "0" * 64,
        "read_from": "engine",
        "gpu": None,
        "compute_capabilities": ["8.6"],
        "driver": None,
        "cuda": None,
        "tensorrt": "11.0",
        "optimisation_level": 3,
    }
    assert EngineRecord.model_validate(record).optimization_level == 3
