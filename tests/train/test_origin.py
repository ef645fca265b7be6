"""Checkpoints, calibrations and bundles say how they came about."""

import subprocess

import pytest

from forensics_rt.calibration.origin import OriginRecord, ParentRecord
from forensics_rt.io.digest import sha256_of
from train.data_hashes import data_records
from train.errors import CheckpointError
from train.origin import as_notes, made_by, origin_in, parent, without_places
from train.weights import save_weights

WEIGHTS = {"architecture": "forensic_unet", "sizes": {}, "step": 5, "figures": {}}


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "scans"
    (found / "deeper").mkdir(parents=True)
    (found / "b.png").write_bytes(b"b")
    (found / "deeper" / "a.png").write_bytes(b"a")
    return found


def test_the_hash_of_a_folder_is_that_of_common_tools(folder):
    listed = "find -L . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
    by_tools = subprocess.run(listed, shell=True, cwd=folder, capture_output=True, text=True)
    (record,) = data_records([str(folder), "", str(folder), str(folder / "none")])

    assert (record.name, record.files) == ("scans", 2)
    assert record.sha256 == by_tools.stdout.split()[0]
    (folder / "b.png").write_bytes(b"B")
    assert data_records([str(folder)])[0].sha256 != record.sha256
    (file,) = data_records([str(folder / "b.png")])
    assert (file.files, file.sha256) == (1, sha256_of(folder / "b.png"))


def test_a_config_is_kept_without_the_folders_of_this_machine():
    config = {"scans": ("/home/me/scans", "data/scans"), "run": {"out": "/tmp/run", "steps": 5}}
    kept = {"scans": ["scans", "data/scans"], "run": {"out": "run", "steps": 5}}
    assert without_places(config) == kept


def test_a_checkpoint_tells_of_those_that_it_was_made_from(tmp_path):
    first = tmp_path / "first.safetensors"
    notes = as_notes(made_by("fit", seed=7, steps=5))
    save_weights(first, {}, **WEIGHTS, notes=notes)

    known = parent("init", first)
    assert (known.role, known.sha256) == ("init", sha256_of(first))
    assert known.origin.seed == 7 and set(known.origin.versions) > {"torch", "numpy"}
    silent = tmp_path / "silent.safetensors"
    save_weights(silent, {}, **WEIGHTS)
    assert parent("teacher", silent).origin is None
    with pytest.raises(CheckpointError, match=r"do not tell how it came about, at origin\.command"):
        origin_in(first, {"origin": '{"command": "guess"}'})


def test_what_is_not_known_is_not_written():
    origin = OriginRecord(command="average", parents=(ParentRecord(role="averaged"),))
    assert origin.model_dump_json() == '{"command":"average","parents":[{"role":"averaged"}]}'
    assert OriginRecord.model_validate_json(origin.model_dump_json()) == origin
