"""Each operator against ONNX Runtime, on graphs of one node."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.networks.quick_graph import quick_graph
from export.graph.ends import prepare
from export.number_formats.cast import cast_graph
from export.number_formats.keep import kept_nodes
from forensics_rt.backends.torch_graph import TorchGraph
from forensics_rt.backends.torch_operators import OPERATORS
from forensics_rt.bundle.opening import Bundle, embedded
from train.networks import build_network

RANDOM = np.random.default_rng(3)


def image(channels=4, height=8, width=12):
    return RANDOM.random((2, channels, height, width), np.float32) + np.float32(0.1)


def ints(*values):
    return np.array(values, np.int64)


def whole(kind):
    return RANDOM.integers(0, 100, (6, 4, 3, 3)).astype(kind)


# operator, inputs, attributes
CASES = [
    ("Abs", [image() - 0.6], {}),
    ("Add", [image(), image()], {}),
    ("AveragePool", [image()], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
    ("AveragePool", [image()], {"kernel_shape": [3, 3], "pads": [1] * 4, "count_include_pad": 1}),
    ("AveragePool", [image()], {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ("BatchNormalization", [image(), *RANDOM.random((4, 4), np.float32)], {"epsilon": 1e-3}),
    ("Cast", [image()], {"to": TensorProto.FLOAT16}),
    ("Clip", [image(), np.float32(0.3), np.float32(0.7)], {}),
    ("Concat", [image(), image(2)], {"axis": 1}),
    ("Conv", [image(), RANDOM.random((6, 2, 3, 3), np.float32)], {"group": 2, "pads": [1] * 4}),
    ("Conv", [image(), RANDOM.random((6, 4, 3, 3), np.float32)], {"strides": [2, 2]}),
    ("Conv", [image(), RANDOM.random((6, 4, 2, 2), np.float32)], {"pads": [0, 0, 1, 1]}),
    ("DepthToSpace", [image(8)], {"blocksize": 2}),
    ("DepthToSpace", [image(8)], {"blocksize": 2, "mode": "CRD"}),
    ("Div", [image(), image()], {}),
    ("Div", [ints(7, -7, 9), ints(2, 2, -4)], {}),
    ("Erf", [image()], {}),
    ("Exp", [image()], {}),
    ("Expand", [image()[:, :, :1], ints(2, 4, 5, 12)], {}),
    ("Floor", [image() * 9], {}),
    ("Gather", [image(), ints(2, 0)], {"axis": 1}),
    ("Gather", [ints(4, 5, 6), np.int64(1)], {}),
    ("Gather", [image(), np.int64(-1)], {"axis": 2}),
    ("Gather", [image(), ints(1, -1, 0, 2).reshape(2, 2)], {"axis": 1}),
    ("GlobalAveragePool", [image()], {}),
    ("Identity", [image()], {}),
    ("LeakyRelu", [image() - 0.6], {"alpha": 0.2}),
    ("Log", [image()], {}),
    ("MatMul", [image(1, 3, 4)[0, 0], image(1, 4, 5)[0, 0]], {}),
    ("Max", [image(), image(), image()], {}),
    ("MaxPool", [image()], {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
    ("MaxPool", [image(2, 7, 9)], {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}),
    ("MaxPool", [image() - 2], {"kernel_shape": [3, 3], "pads": [1] * 4}),
    ("Min", [image(), image(), image()], {}),
    ("Mod", [ints(7, -7, 9), ints(4, 4, 4)], {}),
    ("Mul", [image(), image()], {}),
    ("Neg", [image()], {}),
    ("Pad", [image(), ints(0, 0, 1, 2, 0, 0, 3, 4), np.float32(0.5)], {}),
    ("Pad", [image(), ints(1, 2, 3, 4), np.float32(0.5), ints(-1, 2)], {}),
    ("Pad", [image(), ints(2, 1), None, ints(3)], {"mode": "reflect"}),
    ("Pad", [image(), ints(0, 0, 1, 2, 0, 0, 3, 4)], {"mode": "reflect"}),
    ("Pad", [image(), ints(0, 0, 1, 2, 0, 0, 3, 4)], {"mode": "edge"}),
    ("Pow", [image(), np.float32(1.7)], {}),
    ("Range", [np.int64(2), np.int64(11), np.int64(3)], {}),
    ("ReduceMean", [image(), ints(2, 3)], {"keepdims": 0}),
    ("Relu", [image() - 0.6], {}),
    ("Reshape", [image(), ints(0, -1, 12)], {}),
    (
        "Resize",
        [image(), None, np.array([1, 1, 2, 2], np.float32)],
        {
            "mode": "nearest",
            "coordinate_transformation_mode": "asymmetric",
            "nearest_mode": "floor",
        },
    ),
    ("Resize", [image(), None, None, ints(2, 4, 16, 24)], {"mode": "linear"}),
    ("Shape", [image()], {"start": 2}),
    ("Sigmoid", [image()], {}),
    ("Slice", [image(), ints(1, 2), ints(7, 99), ints(2, 3), ints(2, 1)], {}),
    ("SpaceToDepth", [image()], {"blocksize": 2}),
    ("Split", [image(), ints(1, 3)], {"axis": 1}),
    ("Split", [image()], {"axis": 1, "num_outputs": 2}),
    ("Sqrt", [image()], {}),
    ("Squeeze", [image(1), ints(1)], {}),
    ("Sub", [image(), image()], {}),
    ("Tanh", [image()], {}),
    ("Transpose", [image()], {"perm": [0, 2, 3, 1]}),
    ("Unsqueeze", [image(), ints(1, -1)], {}),
    ("Where", [image() > 0.6, image(), image()], {}),
    ("QuantizeLinear", [image() - 0.6, np.float32(0.05), np.uint8(120)], {}),
    ("QuantizeLinear", [image(), np.float32(0.001), np.int8(0)], {}),  # beyond 127, and cut off
    ("DequantizeLinear", [whole(np.uint8), np.float32(0.05), np.uint8(120)], {}),
    (
        "DequantizeLinear",
        [whole(np.int8), image(1)[0, 0, 0, :6], np.zeros(6, np.int8)],
        {"axis": 0},
    ),
]


def run_with_onnxruntime(name, inputs, attributes):
    names = ["" if value is None else f"in{index}" for index, value in enumerate(inputs)]
    outputs = ["out0", "out1"] if name == "Split" else ["out0"]
    graph = helper.make_graph(
        [helper.make_node(name, names, outputs, **attributes)],
        "one",
        [],
        [helper.make_empty_tensor_value_info(output) for output in outputs],
        [
            numpy_helper.from_array(np.asarray(value), key)
            for key, value in zip(names, inputs, strict=True)
            if value is not None
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(outputs, {})


@pytest.mark.parametrize(
    ("name", "inputs", "attributes"),
    CASES,
    ids=[f"{name}-{index}" for index, (name, _, _) in enumerate(CASES)],
)
def test_an_operator_answers_as_onnxruntime_does(name, inputs, attributes):
    import torch

    node = helper.make_node(name, [], [], **attributes)
    read = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    arguments = [None if value is None else torch.from_numpy(np.asarray(value)) for value in inputs]

    found = OPERATORS[name](read, *arguments)

    found = found if isinstance(found, (tuple, list)) else [found]
    expected = run_with_onnxruntime(name, inputs, attributes)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.numpy().dtype == other.dtype and one.numpy().shape == other.shape
        assert np.allclose(one.numpy(), other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", embedded())
def test_a_network_sends_nothing_to_its_device_while_it_runs(name):
    """Such a copy waits for the device each time, and cannot be part of a CUDA graph."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    sent = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
            answer = function(*arguments, **(keywords or {}))
            from_host = [one for one in arguments if isinstance(one, torch.Tensor) and one.is_cpu]
            if from_host and isinstance(answer, torch.Tensor) and answer.is_meta:
                sent.append(f"{function} of {list(from_host[0].shape)}")
            return answer

    bundle = Bundle.open(name)
    network = TorchGraph(bundle.graph(bundle.manifest.members[0]), "meta")
    with torch.inference_mode(), Watch():
        network(torch.zeros((2, 64, 64, 3), dtype=torch.uint8, device="meta"))
    assert sent == []


def test_every_operator_is_tested():
    assert {name for name, _, _ in CASES} == OPERATORS.keys()


def meta_shape(graph, *shape):
    """Run a graph on torch's `meta` device, which like CUDA refuses to mix devices.

    It cannot give values away, either: what a GPU would have to be waited for fails here.
    """
    import torch

    return tuple(
        TorchGraph(graph, "meta")(torch.zeros(shape, dtype=torch.uint8, device="meta")).shape
    )


@pytest.mark.parametrize("name", embedded())
def test_shapes_are_reckoned_on_the_host_and_nothing_is_read_from_the_device(name):
    bundle = Bundle.open(name)

    assert meta_shape(bundle.graph(bundle.manifest.members[0]), 2, 64, 96, 3) == (2, 64, 96)


def test_filters_are_laid_out_channels_last_only_for_who_asks(monkeypatch):
    import torch

    filters = []

    def convolve(image, weight, *rest, **how):
        filters.append(weight)
        return torch.zeros((1, weight.shape[0], 8, 8))

    monkeypatch.setattr(torch.nn.functional, "conv2d", convolve)
    weight = RANDOM.standard_normal((2, 4, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weight"], ["answer"])],
        "one",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 4, 10, 10))],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, (1, 2, 8, 8))],
        [numpy_helper.from_array(weight, "weight")],
    )
    data = helper.make_model(graph).SerializeToString()
    TorchGraph(data, "cpu")(torch.zeros(1, 4, 10, 10))
    TorchGraph(data, "cpu", channels_last=True)(torch.zeros(1, 4, 10, 10))
    assert filters[0].is_contiguous()
    assert filters[1].is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("network", ["seresnext50", "forensic_unet"])
def test_nor_of_a_traced_network_that_resizes_or_holds_filters_as_nodes(network):
    graph = quick_graph(build_network(network))
    prepared = prepare(graph)
    half = cast_graph(prepared, "fp16", kept_nodes(prepared.graph))

    for one in (graph, half):
        assert meta_shape(one.SerializeToString(), 1, 64, 96, 3) == (1, 64, 96)
