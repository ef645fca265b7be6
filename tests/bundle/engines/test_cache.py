"""Engines in the user's cache: found again only where everything is as it was."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from forensics_rt.bundle.engines.cache import RECORD_FILE, cache_folder_of, cached_engine
from forensics_rt.bundle.manifest import EngineRecord, FileRecord
from forensics_rt.system.cache import cache_folder
from tests.bundle.engines.records import L4, PLAN, engine_record


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path))


FOREIGN = engine_record(gpu="NVIDIA A10", compute_capabilities=("8.6",))


def keep(record: EngineRecord, standing_for: EngineRecord = FOREIGN) -> Path:
    folder = cache_folder_of(standing_for, L4)
    plan = folder / record.file.path
    plan.parent.mkdir(parents=True, exist_ok=True)
    plan.write_bytes(PLAN)
    (folder / RECORD_FILE).write_text(record.model_dump_json())
    return plan


def test_what_was_kept_is_found() -> None:
    assert cached_engine(FOREIGN, L4) is None
    plan = keep(engine_record())
    assert cached_engine(FOREIGN, L4) == (engine_record(), plan)
    assert cache_folder("engines") in plan.parents


def test_a_damaged_plan_counts_as_none() -> None:
    plan = keep(engine_record())
    plan.write_bytes(PLAN[:-1] + b"!")
    assert cached_engine(FOREIGN, L4) is None


def test_a_damaged_record_counts_as_none() -> None:
    keep(engine_record())
    (cache_folder_of(FOREIGN, L4) / RECORD_FILE).write_text("{")
    assert cached_engine(FOREIGN, L4) is None


def test_an_engine_of_another_graph_or_machine_counts_as_none() -> None:
    keep(engine_record(graph_sha256="b" * 64))
    assert cached_engine(FOREIGN, L4) is None
    keep(FOREIGN)
    assert cached_engine(FOREIGN, L4) is None


@pytest.mark.parametrize(
    "change",
    [
        {"graph_sha256": "c" * 64},
        {"tile": 384},
        {"precision": "bf16"},
        {"keep_fp32": ("op:Resize",)},
        {"kind": "tensorrt-rtx"},
        {"calibration_sha256": "d" * 64},
        {"version_compatible": True},
    ],
)
def test_whatever_makes_another_engine_makes_another_folder(change: dict[str, object]) -> None:
    assert cache_folder_of(engine_record(**change), L4) != cache_folder_of(engine_record(), L4)


@pytest.mark.parametrize(
    "change", [{"driver": "590.1"}, {"gpu": "NVIDIA A10"}, {"tensorrt": {"tensorrt": "12.0"}}]
)
def test_another_machine_has_another_folder(change: dict[str, object]) -> None:
    here = dataclasses.replace(L4, **change)  # type: ignore[arg-type]
    assert cache_folder_of(FOREIGN, here) != cache_folder_of(FOREIGN, L4)


def test_the_record_names_the_bytes_that_are_checked() -> None:
    file = FileRecord(path="x.plan", bytes=len(PLAN), sha256=hashlib.sha256(PLAN).hexdigest())
    keep(engine_record(file=file))
    found = cached_engine(FOREIGN, L4)
    assert found is not None
    assert found[1].read_bytes() == PLAN
