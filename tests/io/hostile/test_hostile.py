"""Whatever a file is, this process goes on, and says of each what is wrong in one line."""

import json
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from forensics_rt import Detector
from forensics_rt.errors import ImageError
from forensics_rt.io.isolated.pool import DecoderPool
from forensics_rt.io.read_options import ReadOptions
from tests.counts import count
from tests.io.hostile.bombs import bombs
from tests.io.hostile.corpus import hostile_files, special_files, whole_files

# Enough for the largest sound file; a bomb needs more.
MEMORY, SECONDS = 1 << 30, 10.0
OPTIONS = ReadOptions(max_pixels=100_000_000)


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(1, MEMORY, SECONDS) as opened:
        yield opened


def outcome(pool, image, name=None):
    """Return what came of an image: its class of error, or `image`."""
    try:
        size = pool.decode(image, name, OPTIONS).pixels.shape
    except ImageError as error:
        said = str(error)
        assert error.cause and "\n" not in said and said.isprintable(), repr(said)
        assert "bug" not in said
        return type(error).__name__
    assert size[0] * size[1] <= OPTIONS.max_pixels
    return "image"


def test_every_hostile_file_is_an_image_or_one_error(pool, tmp_path, record_property):
    tried: Counter[str] = Counter()
    for name, data in hostile_files():
        file = tmp_path / name
        file.write_bytes(data)
        tried[outcome(pool, file)] += 1
        file.unlink()
    record_property("outcomes", dict(tried))
    assert tried.total() >= count(400, 2000)
    assert tried["ImageUnreadable"] and tried["ImageTooLarge"]
    for suffix, data in whole_files():
        assert outcome(pool, data, f"whole.{suffix}") == "image", "the pool goes on"


def test_the_same_file_is_refused_when_its_bytes_are_given(pool):
    for name, data in bombs():
        if len(data) < 1_000_000:
            outcome(pool, data, name)
    assert outcome(pool, next(data for _, data in whole_files())) == "image"


def test_what_is_no_regular_file_is_one_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with DecoderPool(1, MEMORY, seconds=2.0) as pool:
        for path in special_files(tmp_path):
            assert outcome(pool, path) != "image", path
            assert pool.count_pages(path) == 1
            # What is said of the first has a header.
            assert pool.size(path) in ((0, 0), (40, 56), None)


@pytest.fixture
def folder(tmp_path):
    """A folder with sound images between hostile ones."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number, (name, data) in enumerate(hostile_files()):
        if number % count(40, 10) == 0:
            (folder / name).write_bytes(data)
    (folder / "a\nb.png").write_bytes(b"no image")
    os.mkfifo(folder / "pipe.png")
    (folder / "endless.png").symlink_to("/dev/zero")
    for suffix, data in whole_files():
        (folder / f"whole.{suffix}").write_bytes(data)
    return folder


def test_a_run_with_isolate_lists_each_and_goes_on(folder, bundle, tmp_path):
    out = tmp_path / "out"
    words = [folder, "--out", out, "--isolate", "--no-overlay", "--bundle", bundle.path,
             "--attachments", "--annotate-pdf", "--report", tmp_path / "case.html"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "forensics_rt", "detect", *words, "--backend", "numpy"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    kept = {line["image"].rpartition("/")[2]: line.get("error") for line in lines}
    assert {f"whole.{suffix}" for suffix, _ in whole_files()} <= {
        name for name, error in kept.items() if error is None
    }
    regular = sum(file.is_file() for file in folder.iterdir())
    assert len(lines) >= regular, "each has a line, pages of their own"
    assert "2 not a regular file" in done.stderr
    assert (out / "whole.pdf.annotated.pdf").read_bytes().startswith(b"%PDF")
    assert "whole.pdf" in (tmp_path / "case.html").read_text(encoding="utf-8")


def test_a_detector_with_isolate_finds_the_same(bundle):
    (data,) = (data for suffix, data in whole_files() if suffix == "png")
    with (
        Detector(bundle.path, "numpy") as plain,
        Detector(bundle.path, "numpy", isolate=True) as own,
    ):
        assert own.decoders is not None and plain.decoders is None
        expected, found = plain(data), own(data)
        assert np.array_equal(expected.probability, found.probability)
        sources = [data, data[:200], next(bombs())[1], data]
        kinds = [type(one).__name__ for one in own.stream(sources, "yield")]
    assert kinds == ["Detection", "Failure", "Failure", "Detection"]
