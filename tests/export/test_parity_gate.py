"""The parity gate: lets a faithful graph pass and stops a damaged one."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import openvino
import pytest
from rich.console import Console

from export.engines import Engine, engines_here
from export.graph import PixelsToProbability, export_graph
from export.parity import ParityRow, Pixels, Probability, check, measure, recorded, torch_answers
from export.probes import probe_tiles
from export.report import parity_table
from export.request import Tolerance
from forensics_rt.bundle.manifest import ParityRecord
from forensics_rt.errors import ParityError
from tests.export.conftest import Tiny, damage, with_contrast

Expected = dict[int, tuple[Pixels, Probability]]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "tiny.onnx"
    export_graph(PixelsToProbability(with_contrast(Tiny())), path)
    return path


@pytest.fixture(scope="module")
def expected() -> Expected:
    reference = PixelsToProbability(with_contrast(Tiny()))
    return {
        tile: (probe_tiles(tile), torch_answers(reference, probe_tiles(tile))) for tile in (64, 96)
    }


def rows_of(graph: Path, expected: Expected, reduced: bool = False) -> list[ParityRow]:
    return [
        row
        for engine in engines_here()
        for row in measure(
            graph, engine, expected, member="member-1", reduced=reduced, threshold=0.5
        )
    ]


def test_a_faithful_graph_passes_on_every_engine(graph: Path, expected: Expected) -> None:
    rows = rows_of(graph, expected)
    check(rows, Tolerance())
    names = {row.record.engine for row in rows}
    assert {"onnxruntime fp32", "openvino f32"} <= names
    assert {row.record.tile for row in rows} == {64, 96}
    assert all(0.02 < row.forged_share < 0.3 for row in rows), "the probes must have contrast"
    assert {row.exact for row in rows if row.record.engine.endswith(("fp32", "f32"))} == {True}


@pytest.mark.parametrize("reduced", [False, True])
def test_one_changed_weight_tensor_fails_on_every_engine(
    graph: Path, expected: Expected, tmp_path: Path, reduced: bool
) -> None:
    damaged = Path(shutil.copy(graph, tmp_path))
    damage(damaged)
    rows = rows_of(damaged, expected, reduced)
    assert all(row.breaches(Tolerance()) for row in rows)
    with pytest.raises(ParityError) as caught:
        check(rows, Tolerance())
    for row in rows:
        named = f"member-1, {row.record.engine}, tile {row.record.tile}: " in str(caught.value)
        assert named is not row.bonus


def test_a_graph_that_no_engine_can_read_fails(tmp_path: Path, expected: Expected) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a graph")
    for engine in engines_here():
        with pytest.raises(ParityError, match="cannot run the graph at 64×64"):
            list(measure(broken, engine, expected, member="m", reduced=False, threshold=0.5))


def test_answers_of_another_shape_fail(expected: Expected) -> None:
    turned = Engine("other", True, lambda path: lambda images: np.zeros((1, 2), np.float32))
    with pytest.raises(ParityError, match="shapes must agree"):
        list(measure(Path(), turned, expected, member="m", reduced=False, threshold=0.5))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_many_probes_go_two_by_two(count: int) -> None:
    """So many of 1024 as a folder of own images gives would take gigabytes at once."""
    batches: list[int] = []

    def run(images: Pixels) -> Probability:
        batches.append(len(images))
        return (images[..., 0] / 255).astype(np.float32)

    probes = np.random.default_rng(3).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    expected = {32: (probes, (probes[..., 0] / 255).astype(np.float32))}
    watched = Engine("watched", True, lambda path: run)
    (found,) = measure(Path(), watched, expected, member="m", reduced=False, threshold=0.5)
    assert (found.record.probes, found.record.max_difference) == (count, 0.0)
    assert batches == {1: [1], 2: [2], 5: [2, 2, 1]}[count]


def test_openvino_compiles_once_for_all_batches_of_a_shape(
    graph: Path, expected: Expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[list[int]] = []
    reshape = openvino.Model.reshape

    def watched(model: openvino.Model, shape: list[int]) -> None:
        shapes.append(shape)
        reshape(model, shape)

    monkeypatch.setattr(openvino.Model, "reshape", watched)
    many = {tile: tuple(np.concatenate([part] * 3) for part in pair)
            for tile, pair in expected.items()}  # fmt: skip
    (engine,) = (engine for engine in engines_here() if engine.name == "openvino f32")
    rows = list(measure(graph, engine, many, member="m", reduced=False, threshold=0.5))
    check(rows, Tolerance())
    assert shapes == [[2, 64, 64, 3], [2, 96, 96, 3]]


def row(exact: bool, largest: float, mean: float, flipped: float, forged: float = 0.1) -> ParityRow:
    record = ParityRecord(
        member="m", engine="e", tile=64, probes=2, max_difference=largest,
        flipped_share=flipped, iou_loss=0.0,
    )  # fmt: skip
    return ParityRow(record, mean_difference=mean, forged_share=forged, exact=exact)


@pytest.mark.parametrize(
    ("measured", "breaches"),
    [
        (row(exact=True, largest=9e-4, mean=1e-4, flipped=0.0), []),
        (row(exact=True, largest=2e-3, mean=1e-4, flipped=0.0), ["max |Δp| 0.002, at most 0.001"]),
        (row(exact=True, largest=float("nan"), mean=0.0, flipped=0.0),
         ["max |Δp| nan, at most 0.001"]),
        (row(exact=False, largest=0.3, mean=2e-3, flipped=0.004), []),
        (row(exact=False, largest=0.3, mean=2e-3, flipped=0.006),
         ["flipped share 0.006, at most 0.005"]),
        (row(exact=False, largest=0.3, mean=0.2, flipped=0.0, forged=0.0),
         ["mean |Δp| 0.2, at most 0.01"]),
    ],
    ids=["exact", "exact-far", "exact-nan", "reduced", "reduced-flips", "reduced-one-sided"],
)  # fmt: skip
def test_what_each_arithmetic_is_judged_by(measured: ParityRow, breaches: list[str]) -> None:
    assert measured.breaches(Tolerance()) == breaches


COARSE = replace(row(exact=False, largest=0.4, mean=0.02, flipped=0.03), bonus=True)


def test_what_is_only_faster_on_some_cpus_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    check([row(exact=True, largest=0.0, mean=0.0, flipped=0.0), COARSE], Tolerance())
    assert "m, e, tile 64: flipped share 0.03, at most 0.005; mean |Δp| 0.02" in caplog.text
    assert "The bundle is built all the same, and computes in float32" in caplog.text
    text = printed([COARSE], width=80)
    assert "unused" in text and "FAILED" not in text


def test_the_manifest_keeps_what_did_not_pass() -> None:
    passed = row(exact=True, largest=9e-4, mean=1e-4, flipped=0.0)
    assert recorded(passed, Tolerance()) == passed.record
    assert recorded(COARSE, Tolerance()) == passed.record.model_copy(
        update={"passed": False, "max_difference": 0.4, "flipped_share": 0.03}
    )


def test_a_figure_that_is_no_number_can_be_read_again_from_the_manifest() -> None:
    nan = float("nan")
    found = replace(row(exact=False, largest=nan, mean=nan, flipped=0.5), bonus=True)
    record = recorded(found, Tolerance())
    assert (record.passed, record.max_difference) == (False, 1.0)
    assert ParityRecord.model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize(
    ("exact", "told", "not_told"),
    [(True, "take other versions of torch and onnx", "--precision fp32"),
     (False, "export with --precision fp32", "other versions")],
)  # fmt: skip
def test_what_to_do_fits_what_failed(exact: bool, told: str, not_told: str) -> None:
    """Who exports in float32 is not told to."""
    with pytest.raises(ParityError) as caught:
        check([row(exact, largest=0.4, mean=0.2, flipped=0.1), COARSE], Tolerance())
    assert told in str(caught.value) and not_told not in str(caught.value)


def test_the_report_says_where_flips_prove_nothing() -> None:
    rows = [row(exact=True, largest=0.0, mean=0.0, flipped=0.0, forged=share) for share in (0, 0.1)]
    text = printed(rows, width=160)
    assert "In 1 of 2 lines every pixel lies on one side of the threshold" in text
    assert text.count("passed") == 2


def test_the_report_fits_a_terminal_of_80_columns() -> None:
    measured = row(exact=False, largest=0.3, mean=2e-3, flipped=1.0)
    record = measured.record.model_copy(
        update={"member": "member-4", "engine": "onnxruntime fp32", "tile": 1024, "iou_loss": 0.5}
    )
    text = printed([replace(measured, record=record, forged_share=1.0)], width=80)
    for cell in (
        "member-4", "onnxruntime fp32", "1024", "3.0e-01", "2.0e-03", "100.000%", "50.000%",
        "100.0%", "FAILED", "flipped", "mean |Δ|",
    ):  # fmt: skip
        assert cell in text


def printed(rows: list[ParityRow], width: int) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(parity_table(rows, Tolerance()))
    return console.export_text()
