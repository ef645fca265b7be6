"""Processes that trained together part before Python ends, so that none aborts while it does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
TOGETHER = """
import os
from torch.nn import Linear
from torch.nn.parallel import DistributedDataParallel
from train.loop.placement import placed

def threads():
    return len(os.listdir("/proc/self/task"))

alone = threads()
with placed("cpu", "fp32"):
    DistributedDataParallel(Linear(3, 3))
    assert threads() > alone
assert threads() == alone, f"{threads() - alone} threads of the group are left"
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads as Linux does")
def test_no_thread_of_the_group_outlives_it(tmp_path):
    script = tmp_path / "together.py"
    script.write_text(TOGETHER)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc_per_node=2", str(script)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
