"""A whole measurement: turns, drop-outs, figures, the document."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from forensics_rt.bench import parity
from forensics_rt.bench.figures import figures_of
from forensics_rt.bench.measure import BenchJob
from forensics_rt.bench.report import Report, read_report
from forensics_rt.bench.samples import TimedRun, TimedStream
from forensics_rt.errors import BenchmarkError
from forensics_rt.recipe import PRESETS


def test_every_setting_has_its_runs_on_every_image(measured, job):
    assert [samples.setting for samples in measured.samples] == list(job.settings[:2])
    for samples in measured.samples:
        assert len(samples.runs) == 30 and len(samples.streams) == 2
        assert [run.image for run in samples.runs] == [0, 1] * 15
        assert samples.peak_rss is None or samples.peak_rss > 10 << 20
        assert samples.gpu_memory_mib is None or samples.gpu is not None


def test_a_setting_that_cannot_run_is_listed_with_its_reason(measured):
    (failed,) = measured.not_run

    assert failed.label == "numpy, balanced, threads 2"
    assert "does not take 'threads'" in failed.reason


def test_answers_are_held_against_the_reference(measured):
    assert measured.reference.label == "numpy fp32, balanced"
    assert 0.8 < measured.reference.forged_share < 1, "bright pages with dark letters"
    same, other = (samples.parity for samples in measured.samples)

    assert (same.max_difference, same.flipped_share, same.iou_loss) == (0.0, 0.0, 0.0)
    assert 0 < other.max_difference < 0.01, "another engine, one member of two that are alike"


def test_progress_comes_to_its_end(measured, steps):
    assert steps[0][0] == 1 and steps[-1][0] < steps[-1][1] == 1 + 3 * (1 + 30 + 2)
    assert all(before <= after for (before, _), (after, _) in pairwise(steps))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": 29}, "runs must be 30 or more with 2 images, but is 29"),
        ({"streams": 0}, "streams must be 1 or more"),
        ({"settings": ()}, "needs at least one setting and one image"),
    ],
)
def test_too_little_to_say_anything_is_refused(job, changes, message):
    with pytest.raises(BenchmarkError, match=message):
        replace(job, **changes)


def test_every_image_has_a_run(job):
    with pytest.raises(BenchmarkError, match="runs must be 40 or more with 40 images"):
        BenchJob(job.bundle, job.settings, job.pages * 20)


def test_the_reference_is_the_nearest_to_training_with_the_recipe_asked_for(bundle):
    found = parity.choose_reference(bundle, PRESETS["fast"])
    assert found.label == "torch on cpu, fast"


def test_without_a_reference_it_says_what_was_tried(bundle, monkeypatch):
    monkeypatch.setattr(parity, "REFERENCES", ("tensorrt",))
    with pytest.raises(BenchmarkError, match=r"tried tensorrt: .*--reference none"):
        parity.choose_reference(bundle, PRESETS["fast"])


def test_figures(measured):
    stages = {"decode": 0.01, "engine": 0.06, "encode": 0.05}
    runs = tuple(TimedRun(index % 2, 0.1, 0.15, stages) for index in range(30))
    streams = (TimedStream(0.4, 0.7, 0.3), TimedStream(0.5, 0.7, 0.4), TimedStream(0.8, 0.7, 0.4))
    samples = replace(measured.samples[0], runs=runs, streams=streams, peak_rss=3 << 20)
    opened = replace(samples.opened, pixels=4_000_000, tiles=10, start_seconds=1.5)

    found = figures_of(replace(samples, opened=opened))

    assert found.latency_ms == {"p50": 100.0, "p90": 100.0, "p95": 100.0, "p99": 100.0}
    assert found.stages_ms == {"decode": 10.0, "engine": 60.0, "idle": 30.0, "encode": 50.0}
    rates = (found.images_per_second, found.megapixels_per_second, found.tiles_per_second)
    assert rates == (4.0, 8.0, 20.0), "of the stream of half a second"
    assert found.outside_engine == pytest.approx(0.25)
    assert (found.cpu_ms, found.cores_busy) == (150.0, 1.5)
    assert (found.start_seconds, found.peak_rss_mib) == (1.5, 3.0)


def test_the_stages_add_up_to_the_latency(report):
    for row in report.rows:
        stages = {name: ms for name, ms in row.figures.stages_ms.items() if name != "encode"}
        latencies = row.samples.latencies
        assert sum(stages.values()) == pytest.approx(1000 * sum(latencies) / 30, rel=1e-3)


def test_the_document_is_read_as_it_was_written(report, report_file):
    assert read_report(report_file) == report
    document = json.loads(report_file.read_text())
    assert document["schema"] == 1 and document["rows"][0]["to_first"]["median"] == 1.0


def test_what_is_no_report_is_an_error(tmp_path, report_file):
    for content, cause in (
        ("[]", "not a report of `forensics-rt bench --json`"),
        ('{"schema": 2}', "schema: "),
    ):
        (tmp_path / "x.json").write_text(content)
        with pytest.raises(BenchmarkError, match=cause):
            read_report(tmp_path / "x.json")
    with pytest.raises(BenchmarkError, match="No such file"):
        read_report(tmp_path / "missing.json")
    newer = json.loads(report_file.read_text()) | {"schema": 2}
    with pytest.raises(Exception, match="schema"):
        Report.model_validate(newer)
