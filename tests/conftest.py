"""Fixtures shared by all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from forensics_rt import Bundle, Detector
from tests.bundles import brightness_graph, write_bundle
from tests.slow_tests import is_slow, slow_tests

# A busy machine must not decide a test: no example has to be done within a time.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the slow tests, and leave those of a GPU out unless -m asks for them."""
    slow = slow_tests()
    for item in items:
        if is_slow(item.nodeid, slow):
            item.add_marker(pytest.mark.slow)
    if "gpu" not in config.getoption("markexpr"):
        left_out = [item for item in items if item.get_closest_marker("gpu")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("gpu")]


@pytest.fixture(autouse=True, scope="session")
def _private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what tests make for this machine out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORENSICS_RT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """A bundle whose one network answers the brightness of each pixel."""
    return write_bundle(tmp_path / "bundle", [brightness_graph()])


@pytest.fixture
def detector(bundle: Bundle) -> Iterator[Detector]:
    """A detector on that bundle that needs no engine."""
    with Detector(bundle, backend="numpy") as opened:
        yield opened


@pytest.fixture
def page() -> np.ndarray:
    """A black page with two bright patches, 90×120 RGB uint8."""
    image = np.zeros((90, 120, 3), np.uint8)
    image[10:30, 20:60] = 255
    image[60:70, 90:110] = 200
    return image


def set_speeds(monkeypatch: pytest.MonkeyPatch, **ratios: float) -> None:
    """Have the runtime measure these ratios to float32, and 1 for every other format.

    Two tiles side by side are faster than one after the other, unless `two` says otherwise.
    """
    told = {"two": 2.0, **ratios}

    def measured(bundle: object, formats: dict[str, object], *rest: object) -> dict[str, float]:
        return {name: told.get(name, 1.0) for name in formats}

    monkeypatch.setattr("forensics_rt.backends.openvino.measured_ratios", measured)


@pytest.fixture(autouse=True)
def in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every test compute in float32 unless it asks for more: no timing decides a test."""
    set_speeds(monkeypatch)


@pytest.fixture
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `detect_large` count as little memory as a new process holds, whatever ran before."""
    monkeypatch.setattr("forensics_rt.large.run.resident_bytes", lambda: 300_000_000)


@pytest.fixture
def on_vnni(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the runtime take this processor for one that is fastest in int8, whatever it is."""
    info = tmp_path / "cpuinfo"
    info.write_text("flags\t: avx2 avx512f avx512_vnni\n")
    monkeypatch.setattr("forensics_rt.system.processor._CPUINFO", info)
    set_speeds(monkeypatch, int8=2.0)
