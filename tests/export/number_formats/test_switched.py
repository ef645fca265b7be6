"""Layers switched in PyTorch answer as the graphs that are written of them."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch

from benchmarks.networks.quick_graph import quick_graph
from export.graph.ends import prepare
from export.number_formats.calibration import calibration_tiles
from export.number_formats.keep import computed_filters, kept_nodes
from export.number_formats.quantize import quantize_graph
from export.number_formats.rounding_nodes import (
    in_float32,
    only_convolutions,
    signed_where_negative,
)
from export.number_formats.switched import SwitchedGraph
from export.parity.probes import probe_tiles
from forensics_rt.backends.torch_graph import TorchGraph
from tests.export.conftest import SIZES, with_contrast
from train.networks import build_network

TILE = probe_tiles(64)[:1]


@pytest.fixture(scope="module")
def graphs() -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """A small house network in float32, and all of it in int8."""
    torch.manual_seed(2)
    network = with_contrast(build_network("forensic_unet", SIZES))
    source = prepare(quick_graph(network))
    ranges = calibration_tiles(list(probe_tiles(64)), [64])
    kept = kept_nodes(source.graph) | computed_filters(source.graph)
    quantized = quantize_graph(source, kept, ranges, symmetric=False)
    return source, signed_where_negative(only_convolutions(quantized))


def run(model: onnx.ModelProto) -> np.ndarray:
    with torch.inference_mode():
        return TorchGraph(model.SerializeToString(), "cpu")(torch.from_numpy(TILE)).numpy()


def test_float32_and_int8_are_those_of_the_graphs(graphs) -> None:
    source, quantized = graphs
    network = SwitchedGraph(source, quantized)

    assert np.abs(network.float32(TILE) - run(source)).max() < 1e-6
    assert np.abs(network.int8(TILE) - run(quantized)).max() < 1e-6
    assert np.abs(network.int8(TILE) - network.float32(TILE)).max() > 1e-3
    convolutions = {node.name for node in source.graph.node if node.op_type == "Conv"}
    assert set(network.layers) == convolutions - computed_filters(source.graph)


def test_what_is_kept_is_in_float32_in_the_written_graph(graphs) -> None:
    source, quantized = graphs
    network = SwitchedGraph(source, quantized)
    some = frozenset(network.layers[::2])

    written = in_float32(quantized, source, some)
    assert np.abs(network.int8(TILE, some) - run(written)).max() < 1e-6
    onnx.checker.check_model(written)

    every = in_float32(quantized, source, network.layers)
    assert np.array_equal(run(every), run(source))
    assert not any(node.op_type == "QuantizeLinear" for node in every.graph.node)


def test_one_layer_alone_is_all_others_kept(graphs) -> None:
    network = SwitchedGraph(*graphs)
    alone = network.each_alone(TILE, network.layers)

    for name in network.layers:
        others = frozenset(network.layers) - {name}
        assert np.abs(alone[name] - network.int8(TILE, others)).max() < 1e-6
    assert max(np.abs(one - network.float32(TILE)).max() for one in alone.values()) > 1e-3


def test_operations_are_multiplications(graphs) -> None:
    network = SwitchedGraph(*graphs)
    network.float32(TILE)
    counted = dict(network.operations)
    network.float32(probe_tiles(128)[:1])

    assert set(network.layers) < counted.keys(), "high-pass filters, which are not learned, too"
    assert sum(network.operations.values()) == 4 * sum(counted.values()), "4 times the pixels"
