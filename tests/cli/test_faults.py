"""What goes wrong in the middle of a run: permissions, the clock, an answer that is no number."""

import os
import shutil
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from forensics_rt import Detector
from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.errors import EngineFailed
from tests.cli.test_run import COUNT, lines_of, results_of
from tests.cli.test_run import scans as scans  # a fixture


def words_of(bundle, scans, out, *more):
    words = ["detect", scans, "--bundle", bundle.path, "--out", out, "--backend", "numpy", *more]
    return [sys.executable, "-m", "forensics_rt", *map(str, words)]


def heeding_permissions():
    """Return what makes a command of root heed permissions as other users must."""
    if os.geteuid():
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root needs setpriv of util-linux to heed permissions")
    return ["setpriv", "--bounding-set", "-dac_override"]


@pytest.mark.skipif(sys.platform != "linux", reason="permissions of POSIX")
def test_a_folder_that_may_no_longer_be_written_is_said_and_the_rest_resumed(
    bundle, scans, tmp_path
):
    out = tmp_path / "out"
    slow = [sys.executable, "-m", "tests.cli.long_run", os.devnull, "0.05"]
    named = ["detect", str(scans), "--bundle", str(bundle.path), "--out", str(out)]
    process = subprocess.Popen(
        [*heeding_permissions(), *slow, *named], stderr=subprocess.PIPE, text=True
    )
    while len(list(out.glob("*.png.json"))) < 3:
        assert process.poll() is None
        time.sleep(0.005)
    out.chmod(0o500)
    _, errors = process.communicate()
    out.chmod(0o700)

    assert process.returncode in (1, 3) and "Traceback" not in errors
    listed = lines_of(out)
    assert any("cannot be written" in line.get("error", "") for line in listed)
    assert subprocess.run([*slow, *named, "--resume"], check=False).returncode == 0
    undisturbed = tmp_path / "undisturbed"
    subprocess.run([*slow, *named[:-1], str(undisturbed)], check=True)
    assert results_of(out) == results_of(undisturbed)


def test_the_clock_may_jump_between_two_runs(bundle, scans, tmp_path):
    out = tmp_path / "out"
    assert subprocess.run(words_of(bundle, scans, out), check=False).returncode == 0
    before = results_of(out)
    for place, then in ((scans, 4_102_444_800), (out, 0)):  # 2100 and 1970
        for file in place.rglob("*"):
            os.utime(file, (then, then))

    done = subprocess.run(
        words_of(bundle, scans, out, "--resume"), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0 and f"{COUNT} of an earlier run" in done.stdout
    assert results_of(out) == before


def test_the_clock_may_jump_during_a_run(bundle, scans, tmp_path):
    jumping = (
        "import itertools, sys, time\n"
        "turns, real = itertools.count(), time.time\n"
        "time.time = lambda: real() + (-1) ** next(turns) * 10 ** 9\n"
        "from forensics_rt.cli.main import main\n"
        "main()"
    )
    out, undisturbed = tmp_path / "out", tmp_path / "undisturbed"
    command = words_of(bundle, scans, out)
    words = command[3:]
    done = subprocess.run([sys.executable, "-c", jumping, *words], check=False)
    assert done.returncode == 0
    subprocess.run(words_of(bundle, scans, undisturbed), check=True)
    assert results_of(out) == results_of(undisturbed)
    assert all(line.get("seconds", 0) >= 0 for line in lines_of(out) if isinstance(line, dict))


class NaNForBright(Backend):
    """Answers no number for bright tiles."""

    capabilities = Capabilities("nan", "cpu", "fp32", 1, {"nan": "1"})

    def _infer(self, member, images):
        answer = (images.mean(axis=3) / 255).astype(np.float32)
        return np.where(answer > 0.9, np.float32("nan"), answer)

    def close(self):
        pass


def test_an_answer_that_is_no_number_fails_its_image_alone(bundle, tmp_path):
    images = [np.full((64, 64, 3), level, np.uint8) for level in (10, 250, 20)]
    for number, image in enumerate(images):
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    with Detector(bundle, NaNForBright()) as detector:
        found = list(detector.stream(images, on_error="yield"))
        with pytest.raises(EngineFailed, match="gave NaN or infinity"):
            detector(images[1])
    assert [type(one).__name__ for one in found] == ["Detection", "Failure", "Detection"]
    assert isinstance(found[1].error, EngineFailed)
