"""PyTorch's fastest way, which only a GPU can show. Run with `pytest -m gpu tests/benchmarks`."""

import numpy as np
import pytest
import torch

from benchmarks.gpu_torch import GraphedTorch
from forensics_rt import Bundle
from forensics_rt.backends.registry import open_backend

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("name", ["default", "fast"])
def test_a_recorded_network_answers_as_on_the_cpu_each_time(name):
    if not torch.cuda.is_available():
        pytest.skip("this torch finds no CUDA device")
    bundle = Bundle.open(name)
    graphed = GraphedTorch(bundle, 1)
    random = np.random.default_rng(1)
    with open_backend(bundle, "torch", "cpu") as cpu:
        for _ in range(3):
            tiles = random.integers(0, 256, (2, 384, 384, 3)).astype(np.uint8)
            difference = np.abs(graphed(0, tiles) - cpu.infer(0, tiles))
            assert difference.mean() <= 2e-3  # float16 by autocast; single pixels may differ more
