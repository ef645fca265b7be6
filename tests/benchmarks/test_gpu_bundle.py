"""Bundles in float16, as the GPU benchmark measures them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.gpu_bundle import in_half
from forensics_rt import Bundle, Detector
from forensics_rt.backends.torch import TorchBackend


@pytest.fixture(scope="module", params=["default", "fast"])
def bundles(request, tmp_path_factory):
    bundle = Bundle.open(request.param)
    return bundle, in_half(bundle, tmp_path_factory.mktemp("half"))


SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
# Squares of their residuals go beyond 65,504, where float16 ends.
HARSH = [SAMPLES / "invoice.jpg", SAMPLES / "receipt.jpg"]


def differences(bundle, half, device, pages):
    """Of maps, in mean: single pixels may differ by more than rounding."""
    gpu = Detector(half, TorchBackend(half, device), "fast")
    with gpu as there, Detector(bundle, "torch", "fast", device="cpu") as here:
        assert there.capabilities.precision == "fp16"
        for page in pages:
            yield np.abs(there(page).probability - here(page).probability).mean()


def test_a_bundle_in_float16_finds_what_it_finds_in_float32(bundles):
    assert max(differences(*bundles, "cpu", HARSH)) <= 2e-3
    weights = bundles[1].graph(bundles[1].manifest.members[0])
    assert len(weights) < 0.6 * len(bundles[0].graph(bundles[0].manifest.members[0]))


@pytest.mark.gpu
def test_and_so_it_does_recorded_on_a_gpu(bundles):
    if not torch.cuda.is_available():
        pytest.skip("this torch finds no CUDA device")
    assert max(differences(*bundles, "cuda", HARSH)) <= 2e-3
