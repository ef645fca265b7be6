"""The documentation builds without a warning: no dead link, no dead anchor, no page left out."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_site_builds_strictly(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=quiet)

    assert done.returncode == 0, done.stdout + done.stderr
    front = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert all(room in front for room in ("Tutorial", "How-to", "Reference", "Explanation"))
    python = (tmp_path / "reference" / "python" / "index.html").read_text(encoding="utf-8")
    assert "forensics_rt.detector.Detector" in python
    assert (tmp_path / "project" / "CONTRIBUTING" / "index.html").is_file()
