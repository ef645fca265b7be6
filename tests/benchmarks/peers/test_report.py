"""Figures, table, chart and file of a comparison, from seconds that are made up."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError
from rich.console import Console

from benchmarks.peers import __main__ as against_peers
from benchmarks.peers import chart
from benchmarks.peers.figures import SpeedRatio, seconds_an_image, targets_told, times_faster
from benchmarks.peers.report import Agreement, PeerReport, WayRecord, read_peer_report
from benchmarks.peers.ways.registry import WAYS
from forensics_rt.errors import ForensicsError

IMAGES = ((1000, 1200), (1200, 1000))
SECONDS = {
    "original": ((40.0, 44.0, 42.0), (20.0, 21.0, 30.0)),
    "monai": ((12.0, 12.6, 12.3), (11.0, 11.5, 11.2)),
    "ours-tianchi-fft2": ((3.0, 3.3, 3.2), (1.5, 1.6, 1.7)),
    "ours-equal": ((2.0, 2.1, 2.0), (1.9, 2.0, 1.9)),
    "ours-balanced": ((1.0, 1.1, 1.1), (0.9, 1.0, 0.9)),
}


def record(name: str) -> WayRecord:
    way = WAYS[name]
    return WayRecord(
        name=name,
        title=way.title,
        equal=way.equal,
        tiles=(4, 4),
        tile_sizes=(768, 768),
        seconds=SECONDS[name],
        pass_seconds=2.0 if name == "original" else 0.0,
        peak_mib=1234.5,
        versions={"torch": "2.13.0"},
        agreement=Agreement(max_difference=0.004, flipped_share=1e-4) if way.equal else None,
    )


@pytest.fixture
def report() -> PeerReport:
    """Two pages, three rounds, five ways."""
    return PeerReport(
        taken=date(2026, 11, 23),
        machine={"processor": "A Processor", "instructions": "avx2"},
        network="seresnext50",
        members=1,
        tile=512,
        overlap=128,
        threads=2,
        images=IMAGES,
        ways=tuple(record(name) for name in SECONDS),
        not_run={"sahi": "sahi is not installed"},
    )


def test_a_pass_is_shared_by_its_images() -> None:
    assert seconds_an_image(record("original")) == (42 + 21) / 2 + 2.0 / 2
    assert seconds_an_image(record("ours-balanced")) == (1.1 + 0.9) / 2


def test_ratios_have_an_interval_that_holds_them() -> None:
    ratio = times_faster(record("ours-balanced"), record("original"))
    assert ratio.value == 32.5
    # Of the first page alone it would be 39.1, of the second 24.4 at the medians.
    assert 20 < ratio.low < 26 < 38 < ratio.high < 45
    assert times_faster(record("monai"), record("monai")) == SpeedRatio(1.0, 1.0, 1.0)
    assert str(SpeedRatio(12.06, 11.75, 12.5)) == "12.1 (11.8–12.5)"


def test_aims_are_told_met_or_missed(report: PeerReport) -> None:
    first, second, third = targets_told(report)
    assert "recipe tianchi-fft2 over the original system: 13.5 (" in first
    assert first.endswith("aim 12×: met") and second.endswith("aim 30×: met")
    assert third.startswith("forensics_rt, tiles as the libraries' over MONAI + PyTorch: 6.0 ")
    slow = report.model_copy(update={"ways": (record("original"), record("ours-tianchi-fft2"))})
    assert len(targets_told(slow)) == 1


def test_the_table_says_everything(report: PeerReport) -> None:
    out = io.StringIO()
    against_peers.show(report, Console(file=out))
    text = out.getvalue()
    for part in ("the original system", "8 of 768", "1.97", "32.50", "0.037", "32.5 (", "0.0040",
                 "0.010%", "1234", "torch 2.13.0", "not run: sahi: sahi is not installed",
                 "processor A Processor"):  # fmt: skip
        assert part in text, part


def test_a_report_survives_its_file(report: PeerReport, tmp_path: Path) -> None:
    path = tmp_path / "peers.json"
    path.write_text(report.model_dump_json(indent=2))
    assert read_peer_report(path) == report
    assert (report.rounds, report.pixels) == (3, 2_400_000)

    document = json.loads(path.read_text())
    document["ways"][0]["seconds"] = [[1.0]]
    path.write_text(json.dumps(document))
    with pytest.raises(ForensicsError, match="must have the seconds and tiles of every image"):
        read_peer_report(path)
    with pytest.raises(ForensicsError, match="cannot be read"):
        read_peer_report(tmp_path / "none.json")
    with pytest.raises(ValidationError, match="frozen"):
        report.network = "other"  # type: ignore[misc]


def test_the_chart_is_drawn_from_the_file(report: PeerReport, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="charts need matplotlib")
    file, png = tmp_path / "peers.json", tmp_path / "peers.png"
    file.write_text(report.model_dump_json())
    assert chart.main([str(file), str(png)]) == 0

    picture = cv2.imread(str(png))
    assert picture.shape[1] == 800
    assert (picture[:, -3:] == 255).all(), "a label reaches beyond the picture"
    # The fastest bar is the longest: count its color in the rows of each of our bars.
    ours = np.array([0x8A, 0x4F, 0x0B])
    lengths = (np.abs(picture.astype(int) - ours).max(axis=2) < 8).sum(axis=1)
    assert lengths.max() > 250
    bars = [run for run in np.split(lengths, np.flatnonzero(lengths < 20)) if len(run) > 10]
    assert len(bars) == 3
    assert bars[0].max() > bars[1].max() > bars[2].max()


def test_a_chart_of_nothing_is_refused(
    report: PeerReport, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "peers.json"
    file.write_text(report.model_copy(update={"ways": ()}).model_dump_json())
    assert chart.main([str(file), str(tmp_path / "peers.png")]) == 1
    assert "no way ran" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--size", "300-900"], "from 384 on, but is '300-900'"),
        (["--size", "wide"], "must be like 1000-1500, but is 'wide'"),
        (["--rounds", "0"], "must be 1 or more, but is 0"),
        (["--overlap", "400"], "--overlap must be from 0 to 256, but is 400"),
        (["--ways", "magic"], "invalid choice: 'magic'"),
    ],
)
def test_a_wrong_command_line_is_explained(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        against_peers.main(arguments)
    assert caught.value.code == 2
    assert complaint in " ".join(capsys.readouterr().err.split())
