"""Filters of whole numbers on pixels lose nothing in int8."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from export.number_formats.calibration import of_tiles
from export.number_formats.quantize import quantize_graph
from export.number_formats.rounding_nodes import only_convolutions, signed_where_negative
from export.number_formats.whole_numbers import exact_where_whole, whole_numbers
from forensics_rt.backends.torch_graph import TorchGraph
from train.networks.residuals import ResidualFront

# Neither black nor white: ranges that are measured on it do not go from 0 to 255.
TILE = np.random.default_rng(1).integers(9, 240, (1, 16, 16, 3)).astype(np.uint8)


def filtered(kernels: np.ndarray) -> onnx.ModelProto:
    """Return a graph that convolves pixels."""
    nodes = [
        helper.make_node("Cast", ["image"], ["numbers"], to=TensorProto.FLOAT, name="cast"),
        helper.make_node("Transpose", ["numbers"], ["maps"], perm=[0, 3, 1, 2], name="order"),
        helper.make_node("Conv", ["maps", "kernels"], ["out"], name="conv", strides=[2, 2]),
    ]
    graph = helper.make_graph(
        nodes,
        "filtered",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, 16, 16, 3])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(kernels, "kernels")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def answer(model: onnx.ModelProto) -> np.ndarray:
    with torch.inference_mode():
        return TorchGraph(model.SerializeToString(), "cpu")(torch.from_numpy(TILE)).numpy()


def in_int8(source: onnx.ModelProto) -> onnx.ModelProto:
    rounded = quantize_graph(source, frozenset(), of_tiles([TILE]), symmetric=False)
    return signed_where_negative(only_convolutions(rounded))


def test_the_fixed_filters_of_the_network_are_exact_in_int8() -> None:
    source = filtered(ResidualFront().kernels.numpy())
    rough = in_int8(source)
    exact = exact_where_whole(rough, source)
    assert np.array_equal(answer(exact), answer(source))
    assert not np.array_equal(answer(rough), answer(source))
    onnx.checker.check_model(exact, full_check=True)


def test_learned_filters_stay_rounded() -> None:
    source = filtered(np.random.default_rng(2).normal(size=(4, 3, 5, 5)).astype(np.float32))
    rough = in_int8(source)
    assert exact_where_whole(rough, source) == rough


def test_whole_numbers_by_channel() -> None:
    weights = np.array([[0.25, -0.5], [96.0, 32.0]], np.float32).reshape(2, 2, 1, 1)
    numbers, units = whole_numbers(weights)
    assert numbers.ravel().tolist() == [1, -2, 3, 1] and units.tolist() == [0.25, 32.0]
    assert whole_numbers(np.array([[[[1.0, 128.0]]]], np.float32)) is None, "beyond 127"
