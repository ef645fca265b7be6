"""The script that makes the bundle `fast` once more, run with a stand-in for the interpreter."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from train.config import FitConfig, read_config

SCRIPT = Path(__file__).parents[2] / "train" / "configs" / "fast.sh"
PLAYED = """#!/bin/bash
echo "$*" >> "$OUT/calls"
[ "$3" != fit ] || { mkdir -p "$OUT/training"; : > "$OUT/training/weights_0001974.safetensors"; }
[ "$3" != synth ] || { mkdir -p "$OUT/pages"; : > "$OUT/pages/000000_mask.png"; }
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_it_trains_for_a_fixed_number_of_steps_on_pages_in_a_fixed_order(tmp_path):
    played = tmp_path / "python"
    played.write_text(PLAYED)
    played.chmod(0o755)
    settings = {"OUT": str(tmp_path), "PYTHON": str(played), "TRAIN": "1", "DATA": "/scans"}
    done = subprocess.run(
        ["bash", str(SCRIPT)], env=os.environ | settings, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call.split()[2 if " train " in call else 1] for call in calls] == [
        "fit", "synth", "export.build_engines", "calibrate",
    ]  # fmt: skip
    assert f"--checkpoint {tmp_path}/training/weights_0001974.safetensors" in calls[2]
    assert not list((tmp_path / "pages").iterdir()), "masks are no images to calibrate on"
    changes = ["run.minutes=0", "run.steps=1974"]
    assert all(f"--set {change}" in calls[0] for change in changes)
    config = read_config(tmp_path / "run.toml", FitConfig, changes)
    (entry,) = config.mix
    assert (entry.kind, entry.pages_per_step) == ("synthetic", 2.0)
    assert config.sources.collections[0].folders == ("/scans/documents_sroie",)
