"""Then and now: faster, slower, not to be told, not to be compared."""

from dataclasses import replace

import numpy as np
import pytest

from forensics_rt.bench.compare import compare
from forensics_rt.bench.report import PageRecord, Report
from forensics_rt.errors import BenchmarkError
from forensics_rt.system.machine import Machine

MACHINE = Machine("Some CPU", 4, ("avx2",), None, "Linux", "3.11", {"opencv": "4.0"}, load=0.1)


def with_runs(row, runs):
    return replace(row, samples=replace(row.samples, runs=tuple(runs)))


@pytest.fixture
def reports(report: Report):
    """Return reports to compare: each setting's latencies about so many seconds."""

    def make(*seconds, seed=1, **changes):
        random = np.random.default_rng(seed)
        rows = []
        for row, level in zip(report.rows, seconds, strict=False):
            values = level * random.normal(1.0, 0.02, 40)
            runs = [replace(row.samples.runs[0], latency_seconds=value) for value in values]
            rows.append(with_runs(row, runs))
        return report.model_copy(update={"machine": MACHINE, "rows": tuple(rows)} | changes)

    return make


@pytest.mark.parametrize(
    ("now", "verdict"),
    [(0.08, "faster"), (0.12, "slower"), (0.1005, "within noise")],
)
def test_the_verdict(reports, now, verdict):
    found = compare(reports(now, seed=1), reports(0.1, seed=2))

    (change,) = found.changes
    assert change.verdict == verdict and change.label == "numpy, balanced"
    assert change.latency.median == pytest.approx(now / 0.1, rel=0.02)
    assert change.latency.low < change.latency.median < change.latency.high
    assert found.caveats == found.unmatched == ()


def test_the_same_machine_twice_is_within_noise(reports):
    verdicts = [
        compare(reports(0.1, seed=seed), reports(0.1, seed=seed + 100)).changes[0]
        for seed in range(20)
    ]
    assert sum(change.verdict != "within noise" for change in verdicts) <= 2


def test_pages_of_several_sizes_are_no_noise(reports):
    def of_two_sizes(level, seed):
        found = reports(level, seed=seed)
        runs = [
            replace(run, image=number % 2, latency_seconds=run.latency_seconds * (4, 1)[number % 2])
            for number, run in enumerate(found.rows[0].samples.runs)
        ]
        return found.model_copy(update={"rows": (with_runs(found.rows[0], runs),)})

    (change,) = compare(of_two_sizes(0.08, 1), of_two_sizes(0.1, 2)).changes

    assert change.verdict == "faster"
    assert change.latency.median == pytest.approx(0.8, rel=0.03)


def test_another_machine_is_said_and_nothing_is_judged(reports):
    other = replace(MACHINE, cpu="Other CPU", gpu="NVIDIA L4")

    found = compare(reports(0.01, machine=other), reports(0.1))

    assert found.changes[0].verdict == "not judged: other machine"
    assert found.caveats == (
        "other machine: processor Some CPU → Other CPU",
        "other machine: GPU none → NVIDIA L4",
    )


def test_other_versions_bundles_and_a_busy_machine_are_said(reports, report):
    busy = replace(MACHINE, versions={"opencv": "4.1"}, load=6.5)

    found = compare(reports(0.1, machine=busy, bundle_id="new"), reports(0.1, bundle_id="old"))

    assert found.caveats == (
        "opencv 4.0 → 4.1",
        f"bundle {report.bundle} (id old) → {report.bundle} (id new)",
        "busy machine now: load 6.5 on 4 cores",
    )
    assert found.changes[0].verdict != "not judged: other machine"


def test_settings_of_one_run_only_are_listed(reports):
    found = compare(reports(0.1), reports(0.1, 0.2))
    assert found.unmatched == ("openvino, fast: only then",)
    assert compare(reports(0.1, 0.2), reports(0.1)).unmatched[0].endswith("only now")


def test_other_images_are_not_compared(reports):
    with pytest.raises(BenchmarkError, match="was on other images"):
        compare(reports(0.1), reports(0.1, pages=(PageRecord("x", "1"),)))


def test_a_report_carries_its_comparison(report, report_file):
    compared = report.model_copy(update={"comparison": compare(report, report)})
    found = Report.model_validate_json(compared.to_json())
    assert found.comparison.earlier == report.created
    assert [change.verdict for change in found.comparison.changes] == ["within noise"] * 2
