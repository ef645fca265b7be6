"""A published network that reads coefficients becomes a graph with three inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from export.graph.tracing import PixelsToProbability, export_graph
from forensics_rt.plan.coefficients import DCT, QUANTIZATION
from tests.counts import needs_full
from tests.train.test_published import inputs, narrow


@needs_full
@pytest.mark.parametrize(("name", "last"), [("cat_net", "last_layer.3"), ("dtd", None)])
def test_the_graph_answers_as_pytorch_does(name: str, last: str | None, tmp_path: Path) -> None:
    network = narrow(name)
    if last:
        with torch.no_grad():  # so that no sigmoid is 0
            network.get_submodule(last).weight.mul_(0.02)
    whole = PixelsToProbability(network)
    export_graph(whole, tmp_path / "network.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "network.onnx")
    pixels, dct, table = inputs(name)
    image = pixels.permute(0, 2, 3, 1).to(torch.uint8)
    with torch.inference_mode():
        expected = whole(image, dct, table).numpy()
    named = {"image": image, DCT: dct, QUANTIZATION: table}
    (found,) = session.run(None, {name: tensor.numpy() for name, tensor in named.items()})
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)
    assert expected.std() > 1e-3
