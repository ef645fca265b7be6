"""The command from end to end, with ways that are not run, and the networks that it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import pytest
import torch
from torch import nn

from benchmarks.networks import fixed
from benchmarks.peers import __main__ as against_peers
from benchmarks.peers.report import read_peer_report
from benchmarks.peers.way_process import WayFailed
from benchmarks.peers.ways.registry import WAYS
from benchmarks.peers.ways.way import Networks, WaySetting
from forensics_rt import Bundle
from tests.benchmarks.peers.test_report import record

COMMAND = ["--images", "2", "--size", "400-440", "--rounds", "3", "--ways", "original", "sahi",
           "ours-balanced"]  # fmt: skip


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the ways were run with, in place of running them."""
    asked: list[Any] = []

    def run_ways(
        names: list[str], networks: Networks, setting: WaySetting, *rest: Any
    ) -> list[Any]:
        asked.extend([names, networks, setting, *rest])
        return [record(name) for name in names]

    made = Networks((Path("fold1.pth"),), Path("bundle"))
    monkeypatch.setattr(against_peers, "_networks_apart", lambda *asked: made)
    monkeypatch.setattr(against_peers, "run_ways", run_ways)
    monkeypatch.setattr(WAYS["sahi"], "packages", ("no-such-package",))
    return asked


def test_a_run_is_printed_written_and_drawn(
    ran: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="charts need matplotlib")
    file, png = tmp_path / "peers.json", tmp_path / "peers.png"
    outputs = ["--work", str(tmp_path), "--json", str(file), "--plot", str(png)]
    assert against_peers.main([*COMMAND, *outputs]) == 0

    names, _, setting, pages, rounds, _ = ran
    assert names == ["original", "ours-balanced"] and rounds == 3
    assert (setting.tile, setting.overlap) == (512, 128) and setting.threads >= 1
    assert [cv2.imread(str(path)).shape[:2] for path in pages] == [(400, 440), (440, 400)]
    assert list(pages.values()) == [(400, 440), (440, 400)]
    report = read_peer_report(file)
    assert report.images == ((400, 440), (440, 400)) and report.members == 1
    assert "no-such-package is not installed" in report.not_run["sahi"]
    assert cv2.imread(str(png)) is not None
    assert "not run: sahi" in capsys.readouterr().out


def test_a_bundle_of_ones_own_takes_the_place_of_the_network(
    ran: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--bundle", str(Bundle.open("fast").path), "--checkpoint", "fast.pth"]
    assert against_peers.main([*COMMAND, "--work", str(tmp_path), *given]) == 0
    assert ran[1] == Networks((Path("fast.pth"),), Bundle.open("fast").path)

    with pytest.raises(SystemExit):
        against_peers.main([*COMMAND, *given[:2]])
    assert "--bundle and --checkpoint go together" in capsys.readouterr().err


def test_a_way_that_fails_ends_the_run(
    ran: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*asked: Any) -> list[Any]:
        raise WayFailed("original: its process ended; was there too little memory?")

    monkeypatch.setattr(against_peers, "run_ways", failing)
    assert against_peers.main(COMMAND) == 1
    assert "error: original: its process ended" in capsys.readouterr().err


class Small(nn.Module):
    """What filling and spreading need of a network: a kernel, and a head named as the real one."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 4, 3)
        self.final = nn.Sequential(nn.Conv2d(4, 1, 1))


def test_networks_are_fixed_differ_and_are_made_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    built = []

    def build(networks: Networks, sizes: tuple[int, ...]) -> None:
        built.append((networks, sizes))
        networks.bundle.mkdir()

    monkeypatch.setattr("train.networks.build_network", lambda name: Small())
    monkeypatch.setattr(fixed, "_build", build)
    made = fixed.fixed_networks(tmp_path / "a", "seresnext50", 2, (384, 512))
    assert fixed.fixed_networks(tmp_path / "a", "seresnext50", 2, (384, 512)) == made
    again = fixed.fixed_networks(tmp_path / "b", "seresnext50", 2, (384, 512))

    assert built == [(made, (384, 512)), (again, (384, 512))]
    first, second = (torch.load(path, weights_only=True) for path in made.checkpoints)
    repeated = torch.load(again.checkpoints[0], weights_only=True)
    assert all(name.startswith("module.") for name in first)
    assert all(torch.equal(value, repeated[name]) for name, value in first.items())
    assert not torch.equal(first["module.body.weight"], second["module.body.weight"])
