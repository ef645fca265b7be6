"""Measuring: the runtime's own backends answer probes and goldens, under the limits of `verify`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.errors import ParityError
from export.parity.measure import Pixels, Probability, Probes, measure, measure_all
from forensics_rt.backends.numpy import NumpyBackend
from forensics_rt.bundle.limits import Limits
from tests.export.played import Coarse, Refusing, Starved, judge, small_bundle
from tests.export.tensorrt.bundles import Log


def probes(count: int = 2, side: int = 64) -> Probes:
    """Random tiles, and the brightness of their pixels."""
    tiles = np.random.default_rng(3).integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    return {side: (tiles, (tiles.mean(axis=3) / 255).astype(np.float32))}


def test_a_backend_that_answers_alike_passes(tmp_path: Path) -> None:
    (row,) = measure(judge(), small_bundle(tmp_path), probes())

    assert row.record.engine == "played fp32" and row.record.probes == 2
    assert row.record.passed and row.record.max_difference < 1e-6
    assert 0.4 < row.forged_share < 0.6


def test_one_that_rounds_too_much_does_not_and_says_by_how_much(tmp_path: Path) -> None:
    (row,) = measure(judge(Coarse, "bf16"), small_bundle(tmp_path), probes())

    assert not row.record.passed
    assert row.describe().startswith("fold1, played bf16, tile 64: flipped share 0.")


def test_what_verify_would_not_pass_does_not_pass_here(tmp_path: Path) -> None:
    """The probes agree, the golden as it is stored does not."""
    (row,) = measure(judge(), small_bundle(tmp_path, shift=0.01), probes())

    assert row.record.max_difference < 1e-6 and not row.record.passed
    assert row.breaches == ("golden: max |Δp| 0.01, at most 0.001",)


def test_without_probes_the_goldens_are_the_probes(tmp_path: Path) -> None:
    (row,) = measure(judge(), small_bundle(tmp_path, shift=0.01))

    assert row.record.probes == 1
    assert row.breaches == ("max |Δp| 0.01, at most 0.001",)


def test_the_limits_are_those_of_the_bundle(tmp_path: Path) -> None:
    wide = small_bundle(tmp_path, Limits(max_difference=0.02), shift=0.01)
    (row,) = measure(judge(), wide, probes())

    assert row.record.passed and row.limits.max_difference == 0.02


@pytest.mark.parametrize("count", [1, 2, 5])
def test_many_probes_go_two_by_two(tmp_path: Path, count: int) -> None:
    """So many of 1024 as a folder of own images gives would take gigabytes at once."""
    batches: list[int] = []

    class Watched(NumpyBackend):
        def _infer(self, member: int, images: Pixels) -> Probability:
            batches.append(len(images))
            return super()._infer(member, images)

    (row,) = measure(judge(Watched), small_bundle(tmp_path), probes(count))

    assert row.record.probes == count
    assert batches[1:] == {1: [1], 2: [2], 5: [2, 2, 1]}[count], "the first was the golden"


def test_a_required_engine_that_cannot_run_the_graph_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(ParityError, match="fold1: played fp32 cannot run the graph: NaN"):
        measure(judge(Refusing), small_bundle(tmp_path), probes())


def test_an_optional_one_is_recorded_as_not_passed(tmp_path: Path) -> None:
    (row,) = measure(judge(Refusing, "bf16", required=False), small_bundle(tmp_path), probes())

    assert not row.record.passed and row.breaches == ("no usable answer",)
    assert (row.record.max_difference, row.record.flipped_share) == (1.0, 1.0)


def test_too_little_memory_says_nothing_about_a_number_format(tmp_path: Path) -> None:
    assert measure(judge(Starved, "bf16", required=False), small_bundle(tmp_path), probes()) == []


def test_a_watch_is_told_of_every_judge_and_row(tmp_path: Path) -> None:
    log = Log()
    rows = measure_all([judge(), judge(Coarse, "bf16")], small_bundle(tmp_path), log, probes())

    assert log.said == ["fold1: played fp32 answers the probes",
                        "fold1: played bf16 answers the probes"]  # fmt: skip
    assert log.rows == rows and len(rows) == 2
