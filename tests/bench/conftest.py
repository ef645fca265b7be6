"""One small measurement that many tests look at: processes are dear to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics_rt import Bundle
from forensics_rt.bench.measure import BenchJob, Measured, measure
from forensics_rt.bench.pages import BenchPage, made_up_pages
from forensics_rt.bench.report import Report, report_of
from forensics_rt.bench.setting import Setting
from forensics_rt.recipe import PRESETS
from forensics_rt.system.machine import this_machine
from tests.bundles import brightness_graph, write_bundle


@pytest.fixture(scope="session")
def bright(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle whose two networks answer the brightness of each pixel."""
    return write_bundle(tmp_path_factory.mktemp("bench"), [brightness_graph()] * 2)


@pytest.fixture(scope="session")
def two_pages() -> tuple[BenchPage, ...]:
    """Two made-up pages of 100×100."""
    return tuple(made_up_pages(2, 100))


@pytest.fixture(scope="session")
def job(bright: Bundle, two_pages: tuple[BenchPage, ...]) -> BenchJob:
    """Three settings, of which the last cannot run."""
    balanced, fast = PRESETS["balanced"], PRESETS["fast"]
    settings = (
        Setting("numpy", None, balanced),
        Setting("openvino", None, fast),
        Setting("numpy", None, balanced, threads=2),
    )
    reference = Setting("numpy", "cpu", balanced)
    return BenchJob(bright, settings, two_pages, warm_up=1, streams=2, reference=reference)


@pytest.fixture(scope="session")
def steps() -> list[tuple[int, int]]:
    """What the measurement said of its progress."""
    return []


@pytest.fixture(scope="session")
def measured(job: BenchJob, steps: list[tuple[int, int]]) -> Measured:
    """What was found."""
    return measure(job, lambda done, total: steps.append((done, total)))


@pytest.fixture(scope="session")
def report(job: BenchJob, measured: Measured) -> Report:
    """The document of it."""
    return report_of(job, measured, this_machine(None))


@pytest.fixture
def report_file(report: Report, tmp_path: Path) -> Path:
    """The document in a file."""
    path = tmp_path / "report.json"
    path.write_text(report.to_json(), encoding="utf-8")
    return path
