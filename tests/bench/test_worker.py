"""One setting in a process of its own: what it is asked, what it answers, how it fails."""

import io
import pickle
from dataclasses import replace

import numpy as np
import pytest

from forensics_rt import Detector
from forensics_rt.bench.child import serve
from forensics_rt.bench.pages import BenchPage
from forensics_rt.bench.setting import Setting
from forensics_rt.bench.subject import Task
from forensics_rt.bench.worker import Worker
from forensics_rt.errors import BenchmarkError
from forensics_rt.recipe import PRESETS, Recipe
from tests.bundles import brightness_graph, write_bundle


@pytest.fixture
def task(bright, two_pages, tmp_path):
    setting = Setting("numpy", None, PRESETS["balanced"])
    return Task(str(bright.path), setting, tuple(two_pages), tmp_path)


def ask(task, *calls):
    """Serve in this process."""
    answers = io.BytesIO()
    serve(io.BytesIO(b"".join(map(pickle.dumps, (task, *calls)))), answers)
    answers.seek(0)
    found = [pickle.load(answers) for _ in (task, *calls)]
    assert not answers.read()
    return zip(*found, strict=True)


def test_a_setting_says_what_it_turned_out_to_be(task):
    verdicts, (_, opened) = ask(task, ("opened",))

    assert verdicts == ("ok", "ok")
    assert (opened.backend, opened.device, opened.precision) == ("numpy", "cpu", "fp32")
    assert opened.pixels == 2 * 100 * 100 and opened.threshold == 0.5
    assert opened.tiles == 2 * 4 * 2, "two pages, four tiles of 64, two members"
    assert opened.start_seconds > 0


def test_of_tiles_that_a_cascade_settles_only_what_its_network_sees_is_counted(task, tmp_path):
    whole = write_bundle(tmp_path / "screened", [brightness_graph()] * 2)
    member, last = whole.manifest.members
    small = last.model_copy(update={"name": "cascade"})
    manifest = whole.manifest.model_copy(update={"members": (member,), "cascade": small})
    (whole.path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    screened = {0.01: 2 * 4 * (1 + 2), 0.999: 2 * 4 * 1}

    for limit, tiles in screened.items():
        recipe = Recipe("cascade", tta=("identity", "rotate180"), exit_threshold=limit)
        setting = Setting("numpy", None, recipe)
        _, (_, opened) = ask(replace(task, bundle=str(whole.path), setting=setting), ("opened",))
        assert opened.tiles == tiles


def test_a_run_is_clocked_by_stage_and_the_stages_fit_into_it(task):
    _, (_, run) = ask(task, ("run", 1))

    assert set(run.stages) == {"decode", "plan", "gather", "engine", "merge", "finish", "encode"}
    inside = sum(value for stage, value in run.stages.items() if stage != "encode")
    assert 0 < inside <= run.latency_seconds
    assert run.idle_seconds == pytest.approx(run.latency_seconds - inside)
    assert run.image == 1 and run.cpu_seconds > 0 and run.stages["encode"] > 0


def test_a_stream_is_of_all_images_and_a_map_of_one(task, tmp_path, two_pages, bright):
    _, (_, stream, found, peak) = ask(task, ("stream",), ("map", 1), ("peak_rss",))

    assert 0 < stream.engine_seconds < stream.seconds and stream.cpu_seconds > 0
    assert peak is None or peak > 10 << 20
    with Detector(bright, "numpy") as detector:
        expected = detector(two_pages[1].data)
    assert np.array_equal(found.probability, expected.probability)
    assert np.array_equal(found.mask, expected.mask)
    assert not list(tmp_path.glob("*.npz")), "they are large, and looked at once"


def test_a_setting_that_cannot_run_is_answered_with_the_reason(task):
    wanted = replace(task, setting=replace(task.setting, threads=2))
    verdicts, (reason,) = ask(wanted)

    assert verdicts == ("error",)
    assert "does not take 'threads'" in reason
    with pytest.raises(BenchmarkError, match="does not take 'threads'"):
        Worker(wanted)


def test_a_process_that_dies_is_an_error_that_names_it(task):
    with pytest.raises(BenchmarkError, match=r"that ran numpy, balanced ended with exit code 1"):
        Worker(replace(task, pages=()))


def test_an_image_that_cannot_be_read_is_named(task):
    _, (reason,) = ask(replace(task, pages=(BenchPage("made up 0, 100×100", b""),)))

    assert reason.startswith("made up 0, 100×100: ")


def test_a_process_answers_and_ends(task):
    with Worker(task) as worker:
        assert worker.subject.run(0).latency_seconds > 0
        assert worker.subject.stream().seconds > 0
        process = worker._process
    assert process.returncode == 0
