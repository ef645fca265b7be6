"""A run killed at random moments, resumed each time, gives what an undisturbed one does."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from tests.cli.test_run import lines_of, results_of
from tests.counts import count

IMAGES, KILLS = count(40, 500), count(3, 50)
SEED = 20

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def pages(tmp_path):
    """Images that differ, some of which are none."""
    folder, chance = tmp_path / "pages", np.random.default_rng(SEED)
    folder.mkdir()
    for number in range(IMAGES):
        pixels = chance.integers(0, 256, (40 + number % 30, 70, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03d}.png")
        if number % 25 == 7:
            (folder / f"{number:03d}.png").write_bytes(b"no image")
    return folder


def start(bundle, pages, out, *more):
    command = [sys.executable, "-m", "tests.cli.long_run", os.devnull, "0.002", "detect", pages]
    words = ["--bundle", bundle.path, "--out", out, "--decoders", "2", "--writers", "2", *more]
    return subprocess.Popen(
        [*map(str, [*command, *words])], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def finished(out):
    """Count the results; files that come and go meanwhile do not matter."""
    return sum(name.endswith(".png.json") for name in os.listdir(out)) if out.exists() else 0


def kill_after(process, out, results, seconds):
    """Kill a run once it has so many more results and so much time has passed."""
    wanted = finished(out) + results
    while finished(out) < wanted and process.poll() is None:
        time.sleep(0.001)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def test_results_after_kills_are_those_of_an_undisturbed_run(bundle, pages, tmp_path):
    out, undisturbed = tmp_path / "out", tmp_path / "undisturbed"
    assert start(bundle, pages, undisturbed).wait() == 1, "some are no images"
    chance, killed, share = random.Random(SEED), 0, 2 * IMAGES // (3 * KILLS)
    for _ in range(KILLS):
        resume = ["--resume"] if out.exists() else []
        process = start(bundle, pages, out, *resume)
        killed += kill_after(process, out, chance.randrange(share), chance.uniform(0, 0.03))
        for file in out.glob("*.png.json"):  # what is there is whole
            json.loads(file.read_text())
    assert killed == KILLS and finished(out) < finished(undisturbed)

    assert start(bundle, pages, out, "--resume").wait() == 1

    assert results_of(out) == results_of(undisturbed)
    said, expected = lines_of(out), lines_of(undisturbed)
    assert [line["image"] for line in said] == [line["image"] for line in expected]
    assert [line.get("error") for line in said] == [line.get("error") for line in expected]
    assert not list(out.glob(".*")), "nothing half written stays"
