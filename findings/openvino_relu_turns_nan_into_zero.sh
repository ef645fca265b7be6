#!/usr/bin/env bash
# One would guess: a NaN in the input of a network (a broken float16 file, 0/0 in a normalization) comes out as NaN, so a
# check of the map with isfinite finds it, whatever the engine.
# What happens (OpenVINO 2026.4.1, CPU): Relu and Clip give 0 for NaN, HardSigmoid gives 1. A network of convolutions and
# Relu answers an image of nothing but NaN with a clean map of finite numbers. ONNX Runtime keeps the NaN.
# Why it matters: an image that was never seen is reported as genuine with a plausible score. Check the input, not the map.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
    openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)
CONSTANTS = {
    "first": random.normal(size=(4, 1, 3, 3)).astype(np.float32) / 3,
    "second": random.normal(size=(1, 4, 3, 3)).astype(np.float32) / 3,
    "zero": np.float32(0), "six": np.float32(6),
}


def answers(nodes: list, image: np.ndarray) -> dict[str, np.ndarray]:
    """Run a graph in both engines."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, image.shape) for name in ("x", "y")]
    used = {name for node in nodes for name in node.input}
    constants = [numpy_helper.from_array(value, name) for name, value in CONSTANTS.items() if name in used]
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], constants)
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()
    core = openvino.Core()
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return {
        "OpenVINO": core.compile_model(core.read_model(model), "CPU", exact)([image])[0].copy(),
        "ONNX Runtime": session.run(None, {"x": image})[0],
    }


print("openvino", openvino.__version__, "onnxruntime", onnxruntime.__version__)
image = np.full((1, 1, 32, 32), np.nan, np.float32)
single = {
    "Relu": (helper.make_node("Relu", ["x"], ["y"]), 0),
    "Clip": (helper.make_node("Clip", ["x", "zero", "six"], ["y"]), 0),
    "HardSigmoid": (helper.make_node("HardSigmoid", ["x"], ["y"]), 1),
}
for name, (node, expected) in single.items():
    said = answers([node], image)
    print(f"{name} of NaN:", {engine: float(map_.flat[0]) for engine, map_ in said.items()})
    assert np.isnan(said["ONNX Runtime"]).all(), name
    assert (said["OpenVINO"] == expected).all(), f"changed: {name} of NaN"

network = [
    helper.make_node("Conv", ["x", "first"], ["a"], pads=[1] * 4),
    helper.make_node("Relu", ["a"], ["b"]),
    helper.make_node("Conv", ["b", "second"], ["c"], pads=[1] * 4),
    helper.make_node("Sigmoid", ["c"], ["y"]),
]
said = answers(network, image)
for engine, map_ in said.items():
    print(f"a network, {engine}: {np.isfinite(map_).mean():.0%} of the map is finite, first value {map_.flat[0]}")
assert np.isnan(said["ONNX Runtime"]).all()
assert np.isfinite(said["OpenVINO"]).all(), "changed: the map shows the NaN"
print("as found: the map of an image without one number is finite")
PYTHON
