"""Bundles for the tests of engines: real networks, traced the quick way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rich.table import Table
from torch import nn

from benchmarks.networks.quick_graph import quick_graph
from export.graph.tracing import PixelsToProbability
from export.parity.gate import ParityRow
from export.parity.probes import probe_tiles
from export.tensorrt.report import EngineReport
from export.tensorrt.request import Kind
from forensics_rt.backends.tensorrt_rtx import runs_on
from forensics_rt.bundle.engines.probe import gpu_platform, installed_tensorrt
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.driver import probe_driver
from tests.bundles import write_bundle


class Log:
    """Writes down what a build tells."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.rows: list[ParityRow] = []
        self.engines: list[EngineReport] = []

    def steps(self, count: int) -> None: ...

    def step(self, what: str) -> None:
        self.said.append(what)

    def row(self, row: ParityRow) -> None:
        self.rows.append(row)

    def engine(self, report: EngineReport) -> None:
        self.engines.append(report)

    def table(self, table: Table) -> None: ...


def skip_unless_it_builds_here(kind: Kind) -> None:
    """Skip a test of engines that are to run on this machine's GPU, where this kind has none."""
    if not probe_driver().usable:
        pytest.skip(str(probe_driver().reason))
    if kind not in installed_tensorrt():
        pytest.skip(f"{kind} is not installed")
    if not builds_here(kind):
        pytest.skip(f"{kind} does not build for {gpu_platform().describe()}")


def builds_here(kind: Kind) -> bool:
    """Tell whether engines of this kind, built here, run here."""
    capability = gpu_platform().compute_capability
    return kind == "tensorrt" or capability is None or runs_on(capability)


def quick_bundle(folder: Path, network: nn.Module, tiles: tuple[int, ...]) -> Bundle:
    """Write a bundle of one network, with a golden for each tile size."""
    whole = PixelsToProbability(network)
    images = [probe_tiles(tile)[0] for tile in tiles]
    with torch.inference_mode():
        goldens = [(image, whole(torch.from_numpy(image[None]))[0].numpy()) for image in images]
    assert all(np.ptp(answer) > 0.5 for _, answer in goldens), "a golden must have contrast"
    return write_bundle(folder, [quick_graph(network)], tiles, goldens=goldens)
