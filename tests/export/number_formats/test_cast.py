"""Graphs cast to a number format: every tensor's type, and the answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from benchmarks.networks.quick_graph import quick_graph
from export.errors import ExportError
from export.graph.ends import prepare
from export.number_formats.cast import FORMATS, cast_graph
from export.number_formats.keep import kept_nodes
from export.number_formats.precision import at_precision
from export.parity.probes import probe_tiles
from tests.bundles import stand_in_graph

Types = dict[str, int]


def types_of(model: onnx.ModelProto) -> Types:
    """Type of every tensor, worked out by ONNX, which refuses a node whose inputs disagree."""
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    graph = inferred.graph
    values = {
        value.name: value.type.tensor_type.elem_type
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
    return values | {tensor.name: tensor.data_type for tensor in graph.initializer}


def by_operator(model: onnx.ModelProto) -> Callable[[str], list[int]]:
    types = types_of(model)
    return lambda operator: [
        types[node.input[0]] for node in model.graph.node if node.op_type == operator
    ]


def answers(model: onnx.ModelProto, tiles: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return np.asarray(session.run(["probability"], {"image": tiles})[0])


@pytest.fixture
def prepared(tiny: nn.Module) -> onnx.ModelProto:
    return prepare(quick_graph(tiny))


def test_weights_are_fp16_and_what_is_on_the_list_stays_fp32(prepared: onnx.ModelProto) -> None:
    cast = cast_graph(prepared, "fp16", kept_nodes(prepared.graph))
    inputs = by_operator(cast)
    assert set(inputs("Conv")) == {TensorProto.FLOAT16}
    assert set(inputs("ReduceMean")) == {TensorProto.FLOAT}, "the pool of squeeze-and-excitation"
    assert set(inputs("Div") + inputs("Sub")) == {TensorProto.FLOAT}, "the normalization of pixels"
    gate, end = inputs("Sigmoid")
    assert (gate, end) == (TensorProto.FLOAT16, TensorProto.FLOAT)
    assert types_of(cast)["probability"] == TensorProto.FLOAT
    weights = [tensor for tensor in cast.graph.initializer if len(tensor.dims) == 4]
    assert {tensor.data_type for tensor in weights} == {TensorProto.FLOAT16}


@pytest.mark.parametrize("pattern", ["op:Relu", "name:*Relu*"])
def test_the_list_can_be_extended(prepared: onnx.ModelProto, pattern: str) -> None:
    relu = {node.name for node in prepared.graph.node if node.op_type == "Relu"}
    assert relu
    assert not relu & kept_nodes(prepared.graph)
    kept = kept_nodes(prepared.graph, [pattern])
    assert relu <= kept
    assert set(by_operator(cast_graph(prepared, "fp16", kept))("Relu")) == {TensorProto.FLOAT}


def test_the_answers_stay(prepared: onnx.ModelProto) -> None:
    tiles = probe_tiles(96)
    before = answers(prepared, tiles)
    assert np.ptp(before) > 0.5
    after = answers(cast_graph(prepared, "fp16", kept_nodes(prepared.graph)), tiles)
    assert 0.0 < np.abs(before - after).max() < 0.01
    np.testing.assert_array_equal(answers(cast_graph(prepared, "fp32"), tiles), before)


def test_a_graph_of_fp16_is_cast_as_well(tiny: nn.Module) -> None:
    half = prepare(quick_graph(at_precision(tiny, "fp16").network.half()))
    kept = kept_nodes(half.graph)
    assert set(by_operator(cast_graph(half, "fp16", kept))("ReduceMean")) == {TensorProto.FLOAT}
    whole = cast_graph(half, "fp32", kept)
    assert set(types_of(whole).values()) & set(FORMATS.values()) == {TensorProto.FLOAT}


def test_bf16_types_the_weights(prepared: onnx.ModelProto) -> None:
    cast = cast_graph(prepared, "bf16", kept_nodes(prepared.graph))
    kinds = {tensor.data_type for tensor in cast.graph.initializer if len(tensor.dims) == 4}
    assert kinds == {TensorProto.BFLOAT16}


def test_pixels_are_cast_before_they_are_moved(tiny: nn.Module) -> None:
    graph = quick_graph(tiny)
    assert graph.graph.node[0].op_type == "Transpose", "which TensorRT does not do with uint8"
    prepared = prepare(graph)
    first = next(node for node in prepared.graph.node if "image" in node.input)
    assert first.op_type == "Cast"
    tiles = probe_tiles(64)
    np.testing.assert_array_equal(answers(prepared, tiles), answers(graph, tiles))


def test_a_graph_that_computes_with_uint8_is_refused() -> None:
    graph = helper.make_graph(
        [helper.make_node("Max", ["image", "image"], ["probability"], name="peak")],
        "bytes",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n"])],
        [helper.make_tensor_value_info("probability", TensorProto.UINT8, ["n"])],
    )
    with pytest.raises(ExportError, match="node peak computes Max with uint8 pixels"):
        prepare(helper.make_model(graph))


def test_nodes_without_names_get_some() -> None:
    prepared = prepare(stand_in_graph(1))
    names = [node.name for node in prepared.graph.node]
    assert all(names)
    assert len(set(names)) == len(names)


def test_weights_beyond_fp16_are_refused(prepared: onnx.ModelProto) -> None:
    weights = next(tensor for tensor in prepared.graph.initializer if len(tensor.dims) == 4)
    values = numpy_helper.to_array(weights).copy()
    values.flat[0] = 70_000.0
    weights.CopyFrom(numpy_helper.from_array(values, weights.name))
    with pytest.raises(ExportError, match=r"beyond the range of float16 \(±65504\)"):
        cast_graph(prepared, "fp16", kept_nodes(prepared.graph))
    cast_graph(prepared, "bf16", kept_nodes(prepared.graph))


def test_casting_leaves_the_source_alone(prepared: onnx.ModelProto) -> None:
    before = prepared.SerializeToString()
    cast_graph(prepared, "fp16", kept_nodes(prepared.graph))
    assert prepared.SerializeToString() == before
