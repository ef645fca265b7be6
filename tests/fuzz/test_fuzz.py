"""Every reader takes the inputs that fuzzing begins with, and findings are told apart."""

import json
import subprocess
import sys

import pytest

from forensics_rt.errors import ForensicsError
from tests.fuzz.json_mutator import mutate_json
from tests.fuzz.targets import TARGETS
from tests.fuzz.totals import totals_of
from tests.fuzz.watching import Watch


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_takes_its_seeds_and_parts_of_them(name, tmp_path):
    target = TARGETS[name]
    (tmp_path / "scratch").mkdir()
    watch = Watch(target.open(tmp_path / "scratch"), tmp_path / "found", target.refuses)
    seeds = list(target.seeds())
    assert seeds
    for seed in seeds:
        watch(seed)
        watch(seed[: len(seed) // 2])
    found = tmp_path / "found" / "findings.jsonl"
    assert not found.exists(), found.read_text()


def test_each_kind_of_finding_is_kept_once_with_its_input(tmp_path):
    def reader(data: bytes) -> None:
        if data == b"refused":
            raise ForensicsError("as it should be")
        if data:
            raise KeyError(data.decode())

    watch = Watch(reader, tmp_path)
    for data in (b"", b"refused", b"first", b"second"):
        watch(data)
    (line,) = map(json.loads, (tmp_path / "findings.jsonl").read_text().splitlines())
    assert line["kind"].startswith("KeyError at ")
    assert (tmp_path / line["input"]).read_bytes() == b"first"


ENDLESS = """
import sys
from pathlib import Path
from tests.fuzz import watching

def reader(data):
    while data:
        try:
            len(data)
        except Exception:  # as codecs do
            continue

watching.HANG_SECONDS = 0.05
watch = watching.Watch(reader, Path(sys.argv[1]))
for data in (b"", b"endless", b""):
    watch(data)
"""


def test_a_reader_that_does_not_end_is_stopped(tmp_path):
    """In a process of its own, as all are fuzzed: it has an alarm clock."""
    subprocess.run([sys.executable, "-c", ENDLESS, str(tmp_path)], check=True, timeout=60)
    assert "Hang at " in (tmp_path / "findings.jsonl").read_text()


def test_what_must_take_anything_may_not_refuse(tmp_path):
    def reader(data: bytes) -> None:
        raise ForensicsError("no")

    Watch(reader, tmp_path, refuses=False)(b"")
    assert "ForensicsError" in (tmp_path / "findings.jsonl").read_text()


def test_json_is_changed_as_json_and_the_same_way_by_the_same_seed():
    data = json.dumps({"a": [1, 2.5, "x"], "b": {"c": None}}).encode()
    changed = {mutate_json(data, 4096, seed, lambda one, most: b"bytes") for seed in range(200)}
    assert len(changed) > 50 and b"bytes" in changed
    for one in changed - {b"bytes"}:
        json.loads(one)
    assert mutate_json(data, 4096, 3, bytes) == mutate_json(data, 4096, 3, bytes)
    assert mutate_json(b"no json", 9, 0, lambda one, most: one[:most]) == b"no json"


def test_sessions_add_up():
    turn = {"cpu_s": 1800, "executions": 10, "findings": ["hang"]}
    lines = [json.dumps(turn), "", json.dumps({**turn, "findings": []})]
    assert totals_of(lines) == {
        **{"turns": 2, "cpu_hours": 1.0, "executions": 20, "findings": ["hang"]},
    }
