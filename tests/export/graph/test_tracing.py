"""The exported graph: its ends, its free sides, and what is refused before it is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from export.errors import ExportError
from export.graph.reference import torch_answers
from export.graph.tracing import PixelsToProbability, export_graph
from export.number_formats.precision import at_precision
from tests.export.conftest import Tiny, with_contrast


@pytest.fixture(scope="module", params=["fp32", "fp16"])
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, nn.Module, Path]:
    network = with_contrast(Tiny())
    path = tmp_path_factory.mktemp(request.param) / "tiny.onnx"
    export_graph(at_precision(network, request.param), path)
    return request.param, network, path


def test_ends_are_those_of_the_contract(exported: tuple[str, nn.Module, Path]) -> None:
    _, _, path = exported
    (image,), (probability,) = (
        onnxruntime.InferenceSession(path).get_inputs(),
        onnxruntime.InferenceSession(path).get_outputs(),
    )
    assert (image.name, image.type) == ("image", "tensor(uint8)")
    assert image.shape == ["batch", "32*rows", "32*columns", 3]
    assert (probability.name, probability.type) == ("probability", "tensor(float)")
    assert probability.shape == ["batch", "32*rows", "32*columns"]


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 64, 160), (5, 96, 32)])
def test_batch_height_and_width_are_free(
    exported: tuple[str, nn.Module, Path], shape: tuple[int, int, int]
) -> None:
    precision, network, path = exported
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    (found,) = onnxruntime.InferenceSession(path).run(["probability"], {"image": image})
    expected = torch_answers(PixelsToProbability(network), image)
    assert found.dtype == np.float32
    tolerance = 1e-4 if precision == "fp32" else 2e-2
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def test_is_one_checked_file_of_the_stated_opset(exported: tuple[str, nn.Module, Path]) -> None:
    precision, _, path = exported
    assert [file.name for file in path.parent.iterdir()] == ["tiny.onnx"]
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)]
    kinds = {tensor.data_type for tensor in model.graph.initializer if len(tensor.dims) == 4}
    half, single = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT
    assert kinds == {half if precision == "fp16" else single}


def test_holds_no_paths_of_the_machine_that_wrote_it(
    exported: tuple[str, nn.Module, Path],
) -> None:
    content = exported[2].read_bytes()
    for trace in (b"site-packages", b".py", str(Path.cwd()).encode()):
        assert trace not in content


def test_the_same_weights_give_the_same_bytes(
    exported: tuple[str, nn.Module, Path], tmp_path: Path
) -> None:
    precision, network, path = exported
    export_graph(at_precision(network, precision), tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == path.read_bytes()


def test_gates_pool_in_float32(exported: tuple[str, nn.Module, Path]) -> None:
    graph = onnx.shape_inference.infer_shapes(onnx.load(exported[2])).graph
    types = {value.name: value.type.tensor_type.elem_type for value in graph.value_info}
    pooled = [node.input[0] for node in graph.node if node.op_type == "ReduceMean"]
    assert pooled
    assert {types[name] for name in pooled} == {onnx.TensorProto.FLOAT}


def test_the_network_itself_stays_float32(tiny: nn.Module) -> None:
    at_precision(tiny, "fp16")
    assert {parameter.dtype for parameter in tiny.parameters()} == {torch.float32}


def test_weights_beyond_float16_are_refused(tiny: nn.Module) -> None:
    with torch.no_grad():
        tiny.head.bias.fill_(70_000.0)
    with pytest.raises(ExportError, match=r"beyond the range of float16 .*head\.bias"):
        at_precision(tiny, "fp16")


class KeepsChannel(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        return image.mean(1, keepdim=True)


class WantsOneSize(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        return image.mean(1) + torch.zeros(64, 64)


class FixesTheBatch(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        return image.mean(1) + torch.arange(2.0).view(2, 1, 1)


class Branches(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        return image.mean(1) if image.mean() > 3 else image.amax(1)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (KeepsChannel(), "one logit for each pixel, without a channel dimension"),
        (WantsOneSize(), "it must take any sides that are multiples of 32"),
        (FixesTheBatch(), "depend on one fixed height, width or batch"),
        (Branches(), "must not branch on pixel values"),
    ],
)
def test_networks_that_break_the_contract_are_refused(
    tmp_path: Path, network: nn.Module, expected: str
) -> None:
    path = tmp_path / "refused.onnx"
    with pytest.raises(ExportError, match=expected):
        export_graph(PixelsToProbability(network), path)
    assert not path.exists()
