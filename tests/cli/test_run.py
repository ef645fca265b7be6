"""Long runs: killed, interrupted, resumed; what they list; what cannot be written."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from forensics_rt import Detector
from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.cli.main import app
from forensics_rt.cli.run import DetectRun, HowToRun
from forensics_rt.cli.run_folder import RunFolder
from forensics_rt.errors import OutputError
from forensics_rt.io.file_source import digest_of
from forensics_rt.io.sources import find_sources
from forensics_rt.results.saving import write_detection

COUNT = 24
# Decoders and four more in the stream, writers and two more behind it.
IN_FLIGHT = (2 + 4) + (2 + 2)


@pytest.fixture
def scans(tmp_path):
    """Small images of one tile, each of one gray of its own, with a bright patch."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(COUNT):
        image = np.full((48, 60, 3), 5 * number, np.uint8)
        image[10:30, 10:40] = 250
        cv2.imwrite(str(folder / f"{number:02d}.png"), image)
    return folder


class LongRun:
    """Starts the command in a process of its own, with an engine that takes its time."""

    def __init__(self, bundle, scans, folder):
        self.log = folder / "engine.log"
        self.words = ["detect", str(scans), "--bundle", str(bundle.path)]
        self.words += ["--decoders", "2", "--writers", "2"]

    def start(self, out, *more, seconds=0.03):
        command = [sys.executable, "-m", "tests.cli.long_run", str(self.log), str(seconds)]
        return subprocess.Popen(
            [*command, *self.words, "--out", str(out), *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "200"},
        )

    def stop(self, out, with_signal, finished):
        process = self.start(out)
        deadline = time.monotonic() + 60
        while len(list(out.glob("*.png.json"))) < finished:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(with_signal)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors


@pytest.fixture
def long_run(bundle, scans, tmp_path):
    return LongRun(bundle, scans, tmp_path)


def results_of(out):
    """Everything that a run wrote, without what depends on time."""
    found = {}
    for path in sorted(out.rglob("*")):
        if path.suffix in (".png", ".jpg"):
            found[path.name] = path.read_bytes()
        elif path.name.endswith(".png.json"):
            found[path.name] = {**json.loads(path.read_text()), "seconds": None}
    return found


def lines_of(out):
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def test_a_run_killed_in_the_middle_is_resumed_and_loses_only_what_was_in_flight(
    long_run, tmp_path
):
    out, undisturbed = tmp_path / "out", tmp_path / "undisturbed"
    code, _ = long_run.stop(out, signal.SIGKILL, finished=8)
    assert code == -signal.SIGKILL
    finished = {path: path.stat().st_mtime_ns for path in out.glob("*.png.json")}
    assert 8 <= len(finished) < COUNT
    stale = out / f".{'0' * 32}.part"
    stale.write_bytes(b"half a map")

    resumed = long_run.start(out, "--resume", seconds=0)
    table, errors = resumed.communicate(timeout=60)

    assert resumed.returncode == 0, errors
    assert f"{len(finished)} of an earlier run" in table
    assert all(path.stat().st_mtime_ns == then for path, then in finished.items())
    twice = sum(calls > 1 for calls in Counter(long_run.log.read_text().split()).values())
    assert twice <= IN_FLIGHT
    assert not stale.exists() and not list(out.glob(".*"))
    long_run.log.unlink()
    assert long_run.start(undisturbed, seconds=0).wait(timeout=60) == 0
    assert results_of(out) == results_of(undisturbed)
    assert [line["image"] for line in lines_of(out)] == [
        line["image"] for line in lines_of(undisturbed)
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("sent", "expected"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (getattr(signal, "SIGHUP", None), 129)],
)
def test_an_interrupted_run_ends_cleanly_and_says_how_to_go_on(long_run, tmp_path, sent, expected):
    out = tmp_path / "out"
    before = signal.signal(sent, signal.SIG_DFL)  # nohup has it ignored, by all children too
    try:
        code, errors = long_run.stop(out, sent, finished=5)
    finally:
        signal.signal(sent, before)

    assert code == expected
    assert f"of {COUNT} images; the same command with --resume continues" in errors
    assert "Traceback" not in errors
    summary = json.loads((out / "summary.json").read_text())
    assert summary["state"] == "interrupted" and summary["done"] == len(lines_of(out))
    assert not list(out.glob(".*"))


def end_after_three(detector, monkeypatch, error, before=lambda: None):
    """Have the stream of a detector raise an error in place of its fourth result."""
    stream = detector.inferer.stream

    def three(*arguments):
        yield from itertools.islice(stream(*arguments), 3)
        before()
        raise error

    monkeypatch.setattr(detector.inferer, "stream", three)


def test_what_is_still_being_written_at_ctrl_c_is_written_listed_and_counted(
    bundle, scans, tmp_path, monkeypatch
):
    interrupted = threading.Event()

    def write_slowly(detection, base, overlay, meanwhile):
        assert interrupted.wait(timeout=60)
        return write_detection(detection, base, overlay, meanwhile=meanwhile)

    monkeypatch.setattr("forensics_rt.cli.save_behind.write_detection", write_slowly)
    out = tmp_path / "out"
    out.mkdir()
    with Detector(bundle, "numpy") as detector:
        end_after_three(detector, monkeypatch, KeyboardInterrupt, interrupted.set)
        run = DetectRun(detector, find_sources([scans]), out)
        run.go(HowToRun(writers=1))

    first_three = ["00.png", "01.png", "02.png"]
    assert [line["results"] for line in lines_of(out)] == first_three
    assert sorted(path.name for path in out.glob("*.png.json")) == [
        f"{name}.json" for name in first_three
    ]
    assert run.exit_code() == 130 and run.tally.done == 3
    assert json.loads((out / "summary.json").read_text())["done"] == 3


@pytest.fixture
def run(bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def start(*arguments):
        words = ["detect", "scans", "--bundle", str(bundle.path), "--backend", "numpy"]
        return CliRunner().invoke(app, [*words, *map(str, arguments)])

    return start


def test_every_image_has_a_line_and_the_run_a_summary(run, scans):
    (scans / "03.png").write_bytes(b"hello")

    done = run()

    lines, summary = lines_of(Path("out")), json.loads(Path("out/summary.json").read_text())
    assert done.exit_code == 1
    assert [line["results"] for line in lines] == [f"{number:02d}.png" for number in range(COUNT)]
    assert "not an image in a known format" in lines[3]["error"]
    assert lines[0]["raw_score"] == json.loads(Path("out/00.png.json").read_text())["raw_score"]
    assert lines[0]["regions"] == 1 and lines[0]["largest_box"] == [10, 10, 30, 20]
    assert (summary["state"], summary["of"]) == ("complete", COUNT)
    assert (summary["done"], summary["failed"], summary["done_before"]) == (COUNT - 1, 1, 0)
    assert 0 < summary["engine_busy"] <= 1
    assert summary["engine_busy"] == pytest.approx(
        summary["engine_seconds"] / summary["wall_seconds"], abs=0.02
    )
    stages = {"decode", "plan", "gather", "engine", "merge", "finish", "encode"}
    assert summary["stage_seconds"].keys() == stages
    assert f"engine busy {summary['engine_busy']:.0%}" in done.stdout.splitlines()[-1]


def test_of_many_images_the_most_suspicious_are_shown_and_counted(run, scans):
    for number in range(30):
        (scans / f"bad{number}.png").write_bytes(b"")
    cv2.imwrite(str(scans / "00.png"), np.full((48, 60, 3), 255, np.uint8))

    done = run()

    shown = [line for line in done.stdout.splitlines() if line.strip().startswith("scans/")]
    assert len(shown) == 20 and "00.png" in shown[0] and "23.png" in shown[1]
    assert "these are the 20 highest scores; all are in out/results.jsonl" in done.stdout
    assert done.stdout.count("the file is empty") == 20 and "and 10 more failures" in done.stdout


def test_a_resumed_run_lists_every_image_once_and_repeats_what_failed(run, scans):
    (scans / "03.png").write_bytes(b"")
    run()
    cv2.imwrite(str(scans / "03.png"), np.zeros((48, 60, 3), np.uint8))
    with Path("out/results.jsonl").open("a") as stream:
        stream.write('{"image": "scans/04.png", "resul')

    done = run("--resume")

    lines, summary = lines_of(Path("out")), json.loads(Path("out/summary.json").read_text())
    assert done.exit_code == 0
    assert [line["results"] for line in lines] == [f"{number:02d}.png" for number in range(COUNT)]
    assert not any("error" in line for line in lines)
    assert summary["done_before"] == COUNT - 1 and summary["done"] == COUNT


def test_an_image_that_fails_keeps_no_result_of_an_earlier_run(run, scans):
    run()
    (scans / "03.png").write_bytes((scans / "03.png").read_bytes()[:40])

    run()

    assert "error" in lines_of(Path("out"))[3]
    assert not list(Path("out").glob("03.png.*")), "they answer to other bytes"
    assert Path("out/04.png.json").exists()


def test_a_result_of_an_earlier_run_that_cannot_be_removed_is_named(run, scans):
    (scans / "03.png").write_bytes(b"")
    Path("out/03.png.json").mkdir(parents=True)

    run()

    error = lines_of(Path("out"))[3]["error"]
    assert "the file is empty; the results of an earlier run are still there" in error
    assert "03.png.json: cannot be removed" in error


def test_names_that_differ_in_the_suffix_alone_have_results_of_their_own(run, scans):
    cv2.imwrite(str(scans / "00.jpg"), np.zeros((48, 60, 3), np.uint8))

    run()

    there = {path.name for path in Path("out").glob("00.*.json")}
    assert there == {"00.png.json", "00.jpg.json"}
    first, second = (cv2.imread(f"out/00.{kind}.mask.png", 0) for kind in ("jpg", "png"))
    assert not first.any() and second.any()


def detect_with_files_up_to(size, bundle, scans, out):
    """`detect` where no file can grow beyond a size, as if the disk were full."""
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
        "from forensics_rt.cli.main import main; main()"
    )
    words = ["detect", str(scans), "--out", str(out), "--bundle", str(bundle.path)]
    return subprocess.run(
        [sys.executable, "-c", script, *words, "--backend", "numpy"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on file sizes")
def test_results_that_do_not_fit_the_disk_fail_their_images_and_are_retried(
    bundle, scans, tmp_path
):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    cv2.imwrite(str(scans / "05.png"), noise)
    out = tmp_path / "out"
    done = detect_with_files_up_to(30_000, bundle, scans, out)

    failed = [line["results"] for line in lines_of(out) if "error" in line]
    assert done.returncode == 1 and failed == ["05.png"]
    assert "cannot be written: File too large" in done.stdout
    assert not (out / "05.png.json").exists() and len(list(out.glob("*.png.json"))) == COUNT - 1
    assert not list(out.glob(".*"))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on file sizes")
def test_a_list_that_does_not_fit_the_disk_stops_the_run_and_says_so(bundle, scans, tmp_path):
    for image in scans.iterdir():
        image.write_bytes(b"broken")
    done = detect_with_files_up_to(1_000, bundle, scans, tmp_path / "out")

    assert done.returncode == 3 and "Traceback" not in done.stderr
    assert "results.jsonl: cannot be written: File too large; free some space" in done.stderr
    assert "images done" in done.stdout, "the table says how far it came"
    assert done.stderr.count("error:") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_two_runs_do_not_write_to_one_folder(run, scans, tmp_path):
    (tmp_path / "out").mkdir()
    with RunFolder(tmp_path / "out", []) as first:
        first.append({"image": "of the first"})

        done = run()

        assert isinstance(done.exception, OutputError)
        assert "another run writes there" in str(done.exception)
        assert lines_of(tmp_path / "out") == [{"image": "of the first"}]
    assert run().exit_code == 0


def test_resuming_reads_an_image_only_if_all_else_fits(bundle, scans, tmp_path, monkeypatch):
    read = []

    def counted(path, password):
        read.append(path.name)
        return digest_of(path, password)

    out = tmp_path / "out"
    out.mkdir()
    sources = find_sources([scans])
    with Detector(bundle, "numpy") as detector:
        DetectRun(detector, sources[:6], out).go(HowToRun())
    monkeypatch.setattr("forensics_rt.cli.earlier.digest_of", counted)
    with Detector(bundle, "numpy") as detector:
        again = DetectRun(detector, sources[:8], out)
        again.go(HowToRun(resume=True))
    with Detector(bundle, "numpy", threshold=0.9) as detector:
        other = DetectRun(detector, sources[:8], out)
        other.go(HowToRun(resume=True))

    assert again.tally.skipped == 6 and other.tally.skipped == 0
    assert sorted(read) == [f"{number:02d}.png" for number in range(6)]


class Engine(Backend):
    """Answers by brightness, but to images that a rule names."""

    capabilities = Capabilities("played", "cpu", "fp32", 1, {"played": "1"})

    def __init__(self, fails):
        self.fails = fails
        self.count = 0

    def _infer(self, member, images):
        self.count += 1
        if self.fails(self.count):
            raise RuntimeError("out of luck")
        return (images.mean(axis=3) / 255).astype(np.float32)

    def close(self): ...


def run_with(bundle, scans, out, fails):
    out.mkdir()
    with Detector(bundle, Engine(fails)) as detector:
        run = DetectRun(detector, find_sources([scans]), out)
        run.go(HowToRun(overlay=False))
    return run, json.loads((out / "summary.json").read_text())


def test_an_engine_that_fails_on_one_image_fails_that_image(bundle, scans, tmp_path):
    run, summary = run_with(bundle, scans, tmp_path / "out", lambda count: count == 5)

    assert run.exit_code() == 1
    assert (summary["state"], summary["error"], summary["failed"]) == ("complete", None, 1)
    failed = [line for line in lines_of(tmp_path / "out") if "error" in line]
    assert [line["error_type"] for line in failed] == ["EngineFailed"]


@pytest.mark.parametrize("sound_up_to", [0, 10])
def test_an_engine_that_answers_no_more_breaks_the_run(
    bundle, scans, tmp_path, capsys, sound_up_to
):
    run, summary = run_with(bundle, scans, tmp_path / "out", lambda count: count > sound_up_to)

    assert run.exit_code() == 3
    assert summary["state"] == "broken" and "out of luck" in summary["error"]
    assert summary["images"] == COUNT and summary["done"] == sound_up_to
    assert "error: the engine no longer answers: " in capsys.readouterr().err


def test_images_that_are_no_images_do_not_break_the_run(bundle, scans, tmp_path):
    for image in scans.iterdir():
        image.write_bytes(b"broken")
    run, summary = run_with(bundle, scans, tmp_path / "out", lambda count: False)

    assert run.exit_code() == 1 and summary["state"] == "complete"


@pytest.mark.parametrize(
    ("error", "kind"), [(MemoryError(), "ImageTooLarge"), (ValueError("odd"), "ImageFailed")]
)
def test_a_result_that_fails_while_it_is_written_is_that_images_failure(
    bundle, scans, tmp_path, monkeypatch, error, kind
):
    def write(detection, base, overlay, meanwhile):
        if base.name == "03.png":
            raise error
        return write_detection(detection, base, overlay, meanwhile=meanwhile)

    monkeypatch.setattr("forensics_rt.cli.save_behind.write_detection", write)
    run, summary = run_with(bundle, scans, tmp_path / "out", lambda count: False)

    assert run.exit_code() == 1 and summary["failed"] == 1
    assert lines_of(tmp_path / "out")[3]["error_type"] == kind


def test_a_run_that_breaks_keeps_what_was_computed_and_writes_its_summary(
    bundle, scans, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "out"
    out.mkdir()
    with Detector(bundle, "numpy") as detector:
        end_after_three(detector, monkeypatch, LookupError("nobody foresaw this"))
        run = DetectRun(detector, find_sources([scans]), out)
        run.go(HowToRun())

    summary = json.loads((out / "summary.json").read_text())
    assert run.exit_code() == 3
    assert summary["state"] == "broken" and "nobody foresaw this" in summary["error"]
    assert summary["done"] == len(lines_of(out)) == 3
    assert "--resume continues" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on memory")
def test_an_image_for_which_memory_is_wanting_does_not_end_the_batch(bundle, scans, tmp_path):
    Image.new("L", (12_000, 9_000), 230).save(scans / "00_large.png", compress_level=1)
    script = (
        "import resource\n"
        "import forensics_rt.backends.numpy, forensics_rt.cli.run\n"  # what is imported has room
        "from forensics_rt.cli.main import main\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        "most = pages * resource.getpagesize() + 500_000_000\n"
        "resource.setrlimit(resource.RLIMIT_AS, (most, most))\n"
        "main()"
    )
    words = ["detect", str(scans), "--out", str(tmp_path / "out"), "--bundle", str(bundle.path)]
    done = subprocess.run(
        [sys.executable, "-c", script, *words, "--backend", "numpy", "--no-overlay"],
        capture_output=True,
        text=True,
        # Each thread would set 64 MB aside, and the limit is one on what is set aside.
        env={**os.environ, "MALLOC_ARENA_MAX": "2"},
    )

    lines = lines_of(tmp_path / "out")
    assert done.returncode == 1, done.stderr
    failed = [line for line in lines if "error" in line]
    assert [line["results"] for line in failed] == ["00_large.png"]
    assert failed[0]["error_type"] == "ImageTooLarge" and "memory" in failed[0]["error"]
    assert json.loads((tmp_path / "out/summary.json").read_text())["done"] == COUNT
