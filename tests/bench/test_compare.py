"""Then and now: faster, slower, not to be told, not to be compared."""

from dataclasses import replace

import numpy as np
import pytest

from forensics_rt.bench.compare import compare
from forensics_rt.bench.report import Report
from forensics_rt.errors import BenchmarkError
from forensics_rt.system.machine import Machine

MACHINE = Machine("Some CPU", 4, ("avx2",), None, "Linux", "3.11", {"opencv": "4.0"}, load=0.1)


@pytest.fixture
def subjects(report: Report):
    """Return what to compare: each setting's latencies about so many seconds."""

    def make(*seconds, seed=1, **changes):
        random = np.random.default_rng(seed)
        samples = []
        for one, level in zip(report.subjects().samples, seconds, strict=False):
            values = level * random.normal(1.0, 0.02, 40)
            runs = [replace(one.runs[0], latency_seconds=value) for value in values]
            samples.append(replace(one, runs=tuple(runs)))
        fields = {"machine": MACHINE, "samples": tuple(samples)} | changes
        return replace(report.subjects(), **fields)

    return make


@pytest.mark.parametrize(
    ("now", "verdict"),
    [(0.08, "faster"), (0.12, "slower"), (0.1005, "within noise")],
)
def test_the_verdict(subjects, now, verdict):
    found = compare(subjects(now, seed=1), subjects(0.1, seed=2), "before")

    (change,) = found.changes
    assert change.verdict == verdict and change.label == "numpy, balanced"
    assert change.latency.median == pytest.approx(now / 0.1, rel=0.02)
    assert change.latency.low < change.latency.median < change.latency.high
    assert found.caveats == found.unmatched == ()


def test_the_same_machine_twice_is_within_noise(subjects):
    verdicts = [
        compare(subjects(0.1, seed=seed), subjects(0.1, seed=seed + 100), "before").changes[0]
        for seed in range(20)
    ]
    assert sum(change.verdict != "within noise" for change in verdicts) <= 2


def test_pages_of_several_sizes_are_no_noise(subjects):
    def of_two_sizes(level, seed):
        found = subjects(level, seed=seed)
        runs = [
            replace(run, image=number % 2, latency_seconds=run.latency_seconds * (4, 1)[number % 2])
            for number, run in enumerate(found.samples[0].runs)
        ]
        return replace(found, samples=(replace(found.samples[0], runs=tuple(runs)),))

    (change,) = compare(of_two_sizes(0.08, 1), of_two_sizes(0.1, 2), "before").changes

    assert change.verdict == "faster"
    assert change.latency.median == pytest.approx(0.8, rel=0.03)


def test_another_machine_is_said_and_nothing_is_judged(subjects):
    other = replace(MACHINE, cpu="Other CPU", gpu="NVIDIA L4")

    found = compare(subjects(0.01, machine=other), subjects(0.1), "before")

    assert found.changes[0].verdict == "not judged: other machine"
    assert found.caveats == (
        "other machine: processor Some CPU → Other CPU",
        "other machine: GPU none → NVIDIA L4",
    )


def test_other_versions_bundles_and_a_busy_machine_are_said(subjects):
    busy = replace(MACHINE, versions={"opencv": "4.1"}, load=6.5)

    found = compare(subjects(0.1, machine=busy, bundle="new"), subjects(0.1, bundle="old"), "then")

    assert found.caveats == (
        "opencv 4.0 → 4.1",
        "bundle old → new",
        "busy machine now: load 6.5 on 4 cores",
    )
    assert found.changes[0].verdict != "not judged: other machine"


def test_settings_of_one_run_only_are_listed(subjects):
    found = compare(subjects(0.1), subjects(0.1, 0.2), "then")
    assert found.unmatched == ("openvino, fast: only then",)
    assert compare(subjects(0.1, 0.2), subjects(0.1), "then").unmatched[0].endswith("only now")


def test_other_images_are_not_compared(subjects):
    with pytest.raises(BenchmarkError, match="was on other images"):
        compare(subjects(0.1), subjects(0.1, pages=("x",)), "before")


def test_a_report_carries_its_comparison(report, report_file):
    found = Report.model_validate_json(report.compared_with(report).to_json())
    assert found.comparison.earlier == report.created
    assert [change.verdict for change in found.comparison.changes] == ["within noise"] * 2
