"""What the GPU benchmark measures: a traced network, and bundles in float16."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.gpu.bundle import in_half
from forensics_rt import Bundle, Detector
from forensics_rt.backends.torch import TorchBackend
from forensics_rt.io.decode import decode

ROOT = Path(__file__).parents[3]
WITHOUT_PYTEST = """
import sys
from pathlib import Path
from torch import nn
import train.networks

class Small(nn.Sequential):
    def __init__(self):
        super().__init__()
        self.final = nn.Sequential(nn.Conv2d(3, 1, 1))

sys.modules.update(pytest=None, hypothesis=None)
train.networks.build_network = lambda name: Small()
from benchmarks.gpu import __main__ as gpu
from benchmarks.gpu import bundle as gpu_bundle
bundle = gpu_bundle.traced_network(Path(sys.argv[1], "plain"), "seresnext50", (64,))
print(gpu_bundle.in_half(bundle, Path(sys.argv[1], "half")).manifest.tile_sizes)
"""


def test_it_needs_nothing_that_only_tests_need(tmp_path):
    command = [sys.executable, "-c", WITHOUT_PYTEST, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "(64,)\n", done.stderr


@pytest.fixture(scope="module", params=["default", "fast"])
def bundles(request, tmp_path_factory):
    bundle = Bundle.open(request.param)
    return bundle, in_half(bundle, tmp_path_factory.mktemp("half"))


SAMPLES = ROOT / "docs" / "samples"
# Squares of their residuals go beyond 65,504, where float16 ends.
HARSH = [SAMPLES / "invoice.jpg", SAMPLES / "receipt.jpg"]


def differences(bundle, half, device, pages):
    """Of maps, in mean: single pixels may differ by more than rounding."""
    gpu = Detector(half, TorchBackend(half, device), "fast")
    with gpu as there, Detector(bundle, "torch", "fast", device="cpu") as here:
        assert there.capabilities.precision == "fp16"
        for page in pages:
            yield np.abs(there(page).probability - here(page).probability).mean()


def middle(page):
    """One tile of a page: a processor without float16 takes minutes for all of it."""
    pixels = decode(page).pixels
    top, left = ((side - 384) // 2 for side in pixels.shape[:2])
    return pixels[top : top + 384, left : left + 384]


def test_a_bundle_in_float16_finds_what_it_finds_in_float32(bundles):
    assert max(differences(*bundles, "cpu", map(middle, HARSH))) <= 2e-3
    weights = bundles[1].graph(bundles[1].manifest.members[0])
    assert len(weights) < 0.6 * len(bundles[0].graph(bundles[0].manifest.members[0]))


@pytest.mark.gpu
def test_and_so_it_does_recorded_on_a_gpu(bundles):
    if not torch.cuda.is_available():
        pytest.skip("this torch finds no CUDA device")
    assert max(differences(*bundles, "cuda", HARSH)) <= 2e-3
