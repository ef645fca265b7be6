"""What the tests of the ways share."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from benchmarks.peers.ways.way import Networks, WaySetting
from export.parity.probes import synthetic_page
from tests.benchmarks.small_networks import TILES, small_networks


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Networks:
    """Two small networks."""
    return small_networks(tmp_path_factory.mktemp("networks"))


@pytest.fixture
def setting() -> WaySetting:
    """Tiles of 64 that share a quarter, for the ways of one size; 64 and 96 for the others."""
    return WaySetting(tile=64, overlap=16, threads=1, sizes=TILES)


@pytest.fixture
def png(tmp_path: Path) -> Path:
    """A drawn page, 130×178, in a file that keeps every pixel."""
    path = tmp_path / "page.png"
    cv2.imwrite(str(path), synthetic_page(178, 3)[:130, :, ::-1])
    return path
