"""The parity gate: a damaged graph stops a build, an optional number format never does."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from export.errors import ParityError
from export.parity.gate import check_rows
from export.parity.judges import judges_of
from export.parity.measure import measure, of_one_network
from export.parity.rows import ParityRow
from export.parity.table import parity_table
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.manifest import ParityRecord
from forensics_rt.bundle.opening import Bundle
from tests.bundles import file_record
from tests.export.conftest import Tiny, damage, with_contrast
from tests.export.tensorrt.bundles import quick_bundle


@pytest.fixture
def tiny_bundle(tmp_path: Path) -> Bundle:
    made = quick_bundle(tmp_path / "tiny", with_contrast(Tiny()), (64, 96))
    return of_one_network(made, made.manifest.members[0], Limits())


def rows_of(bundle: Bundle) -> list[ParityRow]:
    return [row for judge in judges_of(bundle) for row in measure(judge, bundle)]


def test_a_faithful_graph_passes_on_every_backend(tiny_bundle: Bundle) -> None:
    rows = rows_of(tiny_bundle)
    check_rows(rows, "the graph", "")

    engines = {row.record.engine for row in rows}
    assert {"openvino f32", "onnxruntime fp32", "torch fp32"} <= engines
    assert {row.record.tile for row in rows} == {64, 96}
    assert all(0.02 < row.forged_share < 0.3 for row in rows), "the goldens must have contrast"


def test_one_changed_weight_tensor_fails_on_every_backend(tiny_bundle: Bundle) -> None:
    (member,) = tiny_bundle.manifest.members
    damage(tiny_bundle.path / member.graph.path)
    record = file_record(tiny_bundle.path, member.graph.path)
    damaged = of_one_network(tiny_bundle, member.model_copy(update={"graph": record}), Limits())
    rows = rows_of(damaged)

    assert all(row.breaches for row in rows)
    with pytest.raises(ParityError) as caught:
        check_rows(rows, "the fp32 graph", "mend it")
    said = str(caught.value)
    assert said.startswith("the fp32 graph does not answer as PyTorch does, so nothing was written")
    assert said.endswith("\nWhat to do: mend it")
    for row in rows:
        assert (f"fold1, {row.record.engine}, tile {row.record.tile}: " in said) is row.required


def row(engine: str, *breaches: str, required: bool = True, flipped: float = 0.0) -> ParityRow:
    record = ParityRecord(
        member="m", engine=engine, tile=64, probes=2, max_difference=0.4, flipped_share=flipped,
        iou_loss=0.0, passed=not breaches,
    )  # fmt: skip
    return ParityRow(record, 0.02, 0.1, required, Limits(), breaches)


def test_a_failing_optional_format_is_one_line_and_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = [row("openvino f32")] + [
        row("openvino bf16", f"flipped share {share}, at most 0.005", required=False, flipped=share)
        for share in (0.006, 0.008)
    ]
    with caplog.at_level(logging.WARNING):
        check_rows(rows, "the fp32 graph", "export with --precision fp32")

    (said,) = [record.message for record in caplog.records]
    assert said == (
        "openvino bf16 is recorded as not allowed, and the runtime computes in float32 in its "
        "place: 2 of 2 rows do not pass, the worst is m, tile 64: flipped share 0.008, at most "
        "0.005"
    )


def test_the_advice_is_for_what_was_required_alone(caplog: pytest.LogCaptureFixture) -> None:
    rows = [row("openvino f32", "max |Δp| 0.4, at most 0.001"),
            row("openvino bf16", "mean |Δp| 0.2, at most 0.01", required=False)]  # fmt: skip
    with pytest.raises(ParityError) as caught:
        check_rows(rows, "the fp32 graph", "take other versions")
    assert "bf16" not in str(caught.value) and "take other versions" in str(caught.value)


def test_the_report_says_where_flips_prove_nothing() -> None:
    rows = [replace(row("e"), forged_share=share) for share in (0.0, 0.1)]
    text = printed(rows, width=160)
    assert "In 1 of 2 lines every pixel lies on one side of the threshold" in text
    assert text.count("passed") == 2


def test_the_report_tells_unused_from_failed() -> None:
    text = printed([row("a", "far"), row("b", "far", required=False)], width=100)
    assert text.count("FAILED") == text.count("unused") == 1


def test_the_report_fits_a_terminal_of_80_columns() -> None:
    measured = row("onnxruntime fp32", "far", flipped=1.0)
    record = measured.record.model_copy(
        update={"member": "member-4", "tile": 1024, "max_difference": 0.3, "iou_loss": 0.5}
    )
    text = printed([replace(measured, record=record, mean_difference=2e-3, forged_share=1.0)], 80)
    for cell in (
        "member-4", "onnxruntime fp32", "1024", "3.0e-01", "2.0e-03", "100.000%", "50.000%",
        "100.0%", "FAILED", "flipped", "mean |Δ|",
    ):  # fmt: skip
        assert cell in text


def printed(rows: list[ParityRow], width: int) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(parity_table(rows))
    return console.export_text()
