"""Backends on a GPU that need no engine built ahead. Run with `pytest -m gpu tests/backends`."""

import numpy as np
import pytest
import torch

from forensics_rt import Detector
from forensics_rt.errors import ForensicsError
from tests.export.conftest import SIZES, with_contrast
from tests.export.tensorrt.bundles import quick_bundle
from train.networks import build_network

pytestmark = pytest.mark.gpu
# Of probabilities: PyTorch rounds to TF32 there, and a TensorRT provider chooses its own kernels.
TOLERANCE = 2e-3


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    torch.manual_seed(3)
    network = with_contrast(build_network("forensic_unet", SIZES), forged_share=0.03)
    return quick_bundle(tmp_path_factory.mktemp("house"), network, (64, 96))


@pytest.mark.parametrize(
    "backend", ["torch", "onnxruntime", "onnxruntime-tensorrt", "onnxruntime-tensorrt-rtx"]
)
def test_a_backend_on_the_gpu_finds_what_it_finds_on_the_cpu(bundle, backend):
    try:
        gpu = Detector(bundle, backend, device="cuda")
    except ForensicsError as error:
        pytest.skip(str(error))
    random = np.random.default_rng(5)
    with gpu, Detector(bundle, "onnxruntime", device="cpu") as cpu:
        assert gpu.capabilities.device == "cuda"
        for height, width in random.integers(30, 300, (8, 2)):
            page = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
            difference = np.abs(gpu(page).probability - cpu(page).probability)
            assert difference.max() <= TOLERANCE
