"""The script from pages to bundle, run with a stand-in for the interpreter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "train" / "configs" / "gpu_run.sh"
PLAYED = """#!/bin/bash
echo "$*" >> "$OUT/calls"
[ "$1 $2 $3" != "-m train fit" ] || {
  mkdir -p "$OUT/training"
  : > "$OUT/training/weights_6.safetensors"
}
"""

pytestmark = pytest.mark.skipif(
    shutil.which("bash") is None or shutil.which("nproc") is None, reason="needs bash and nproc"
)


def run(folder, python, **settings):
    environment = os.environ | settings
    environment |= {"OUT": str(folder), "PYTHON": str(python), "REHEARSAL": "1"}
    environment["DATA"] = str(folder / "no data")
    return subprocess.run(
        ["bash", str(SCRIPT)], env=environment, capture_output=True, text=True, timeout=120
    )


def test_what_a_later_step_needs_is_missed_before_the_first(tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "onnxscript.py").write_text("raise ImportError('onnxscript is not for this Python')")
    path = os.pathsep.join([str(broken), os.environ.get("PYTHONPATH", "")])
    ended = run(tmp_path / "out", sys.executable, PYTHONPATH=path)

    assert ended.returncode == 1 and "== pages" not in ended.stdout
    assert "onnxscript is not for this Python" in ended.stderr
    assert "pip install 'forensics_rt[train]'" in ended.stderr


def test_each_step_is_run_and_a_checkpoint_is_measured_on_all_cores(tmp_path):
    played = tmp_path / "python"
    played.write_text(PLAYED)
    played.chmod(0o755)
    ended = run(tmp_path, played)

    assert ended.returncode == 0, ended.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    steps = [" ".join(call.split()[1:3]) for call in calls if call.startswith("-m")]
    # Pages are made beside the training.
    assert sorted(steps[:2]) == ["train fit", "train pool"]
    assert [step.split()[0] for step in steps[2:]] == ["export.build_engines", *["train"] * 3]
    cores = subprocess.check_output(["nproc"], text=True).strip()
    assert "--checkpoint" in calls[-1] and f"--threads {cores}" in calls[-1]
