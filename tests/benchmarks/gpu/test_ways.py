"""The benchmark's measuring, on a GPU. Run with `pytest -m gpu tests/benchmarks`."""

import numpy as np
import pytest

from benchmarks.gpu.ways import GpuCase, run_backend, settled_mib
from tests.bundles import constant_graph, write_bundle
from tests.cuda.gpu import gpu_or_skip
from tests.cuda.host_engine import HostBackend

pytestmark = pytest.mark.gpu


def test_a_way_that_stays_on_the_gpu_is_measured_whole_alone_and_by_stages(tmp_path):
    device = gpu_or_skip()
    bundle = write_bundle(tmp_path, [constant_graph(0.5)] * 2, (32, 64))
    page = np.random.default_rng(1).integers(0, 256, (200, 170, 3)).astype(np.uint8)

    before = settled_mib()
    found = run_backend(
        "host", HostBackend(device), bundle, GpuCase((32, 64), 4, 2), page, 5, 2, before
    )

    assert found.engine is not None and len(found.engine.seconds) == len(found.whole.seconds) == 5
    assert {"copy", "gather", "engine", "scatter", "finish"} <= set(found.stages)
    assert found.gpu_mib >= 0  # what it takes may have been in the driver's pool already
