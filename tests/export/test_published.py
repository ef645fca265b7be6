"""A published network becomes a graph that answers as PyTorch does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from export.errors import ExportError
from export.graph.tracing import PixelsToProbability, export_graph, sides_are_tied
from export.request import BuildRequest
from export.torch_member import TorchMember
from forensics_rt.plan.coefficients import DCT, QUANTIZATION
from tests.counts import needs_full
from tests.train.test_published import inputs, narrow, save
from train.checkpoint.load import load_checkpoint

TILE = 64


@needs_full
@pytest.mark.parametrize(
    ("name", "last"), [("cat_net", "last_layer.3"), ("dtd", None), ("trufor", None)]
)
def test_the_graph_answers_as_pytorch_does(name: str, last: str | None, tmp_path: Path) -> None:
    network = narrow(name)
    if last:
        with torch.no_grad():  # so that no sigmoid is 0
            network.get_submodule(last).weight.mul_(0.02)
    whole = PixelsToProbability(network)
    export_graph(whole, tmp_path / "network.onnx", TILE if sides_are_tied(network) else None)
    session = onnxruntime.InferenceSession(tmp_path / "network.onnx")
    pixels, *beside = inputs(name)
    given = [pixels[..., :TILE].permute(0, 2, 3, 1).to(torch.uint8)]
    if beside:
        given += [beside[0][..., :TILE], beside[1]]
    given = [torch.cat([one, one.flip(1)]) for one in given]  # a batch of two that differ
    with torch.inference_mode():
        expected = whole(*given).numpy()
    named = zip(("image", DCT, QUANTIZATION), given, strict=False)
    (found,) = session.run(None, {name: tensor.numpy() for name, tensor in named})
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)
    assert expected.std() > 1e-3


def test_several_tile_sizes_are_refused_where_the_graph_is_for_one(tmp_path: Path) -> None:
    loaded = load_checkpoint(save(tmp_path / "trufor.pth", "trufor", narrow("trufor").state_dict()))
    request = BuildRequest((tmp_path / "trufor.pth",), tmp_path / "bundle", (64, 96))
    with pytest.raises(ExportError, match=r"tiles of one size, but --tiles has 64 96; give one"):
        TorchMember("member-1", loaded).write(tmp_path / "graph.onnx", request)
