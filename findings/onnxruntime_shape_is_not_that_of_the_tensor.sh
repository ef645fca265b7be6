#!/usr/bin/env bash
# One would guess: Shape behind a Resize says the size of the tensor that Resize gives, whatever is optimized, and the output shape
# that a session tells is the shape that it returns.
# What happens (ONNX Runtime 1.32.0): scales are float32, and 300 times float32(0.7) is just under 210. The inference of shapes
# rounds down to 209, the kernel computes in float32 and makes 210. With optimization Shape is folded into the constant
# 209; without, it says 210. The session tells 209 and returns 210, with no more than a warning in the log.
# OpenVINO says and makes 210; the reference of ONNX makes 209. A factor of 0.9 does the same, 0.6 does not.
# Why it matters: exported detectors shrink the page by such a factor, and buffers, averages and the way back to the full page
# are computed from that shape. Give Resize its sizes, not its scales.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
    onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from onnxruntime import GraphOptimizationLevel as Level

onnxruntime.set_default_logger_severity(3)  # the warning says no more than the lines printed here


def graph(scale: float) -> onnx.ModelProto:
    """Shrink a page, and give the shape and the sum of the small page divided by the number of pixels that the shape tells."""
    nodes = [
        helper.make_node("Resize", ["page", "", "scales"], ["small"], mode="linear"),
        helper.make_node("Shape", ["small"], ["shape"]),
        helper.make_node("ReduceProd", ["shape"], ["count"], keepdims=0),
        helper.make_node("Cast", ["count"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["small"], ["sum"], keepdims=0),
        helper.make_node("Div", ["sum", "pixels"], ["average"]),
    ]
    page = helper.make_tensor_value_info("page", TensorProto.FLOAT, [1, 1, 300, 300])
    ends = [helper.make_tensor_value_info("small", TensorProto.FLOAT, [1, 1, "height", "width"]),
            helper.make_tensor_value_info("shape", TensorProto.INT64, [4]),
            helper.make_tensor_value_info("average", TensorProto.FLOAT, [])]
    scales = helper.make_tensor("scales", TensorProto.FLOAT, [4], [1, 1, scale, scale])
    whole = helper.make_graph(nodes, "graph", [page], ends, [scales])
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return model


page = np.ones((1, 1, 300, 300), np.float32)
Told = tuple[int, int, int, float]


def by_onnxruntime(model: onnx.ModelProto, level: Level) -> Told:
    """Width that the session tells, width of the tensor, width by Shape, and the average."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    small, shape, average = session.run(None, {"page": page})
    return session.get_outputs()[0].shape[3], small.shape[3], int(shape[3]), round(float(average), 4)


def by_openvino(model: onnx.ModelProto) -> Told:
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(model.SerializeToString()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    small, shape, average = compiled([page]).values()
    told = compiled.outputs[0].partial_shape[3].get_length()
    return told, small.shape[3], int(shape[3]), round(float(average), 4)


print("onnxruntime", onnxruntime.__version__, "openvino", openvino.__version__, "onnx", onnx.__version__)
print("told: width told by the session, width of the tensor, width by Shape, average of a page of ones")
found = {}
for scale in (0.6, 0.7, 0.9):
    model = graph(scale)
    found[scale] = {
        "ONNX Runtime, not optimized": by_onnxruntime(model, Level.ORT_DISABLE_ALL),
        "ONNX Runtime, by default": by_onnxruntime(model, Level.ORT_ENABLE_ALL),
        "OpenVINO": by_openvino(model),
    }
    for engine, told in found[scale].items():
        print(f"scale {scale}, {engine:28}{told}")
small = ReferenceEvaluator(graph(0.7)).run(["small"], {"page": page})[0]
print("scale 0.7, the reference of ONNX makes", small.shape[3])
assert small.shape[3] == 209, "changed: the reference"
assert found[0.6]["ONNX Runtime, by default"] == (180, 180, 180, 1.0), "0.6 is no trouble"
assert found[0.7]["OpenVINO"] == (210, 210, 210, 1.0)
assert found[0.7]["ONNX Runtime, not optimized"] == (209, 210, 210, 1.0), "changed without optimization"
assert found[0.7]["ONNX Runtime, by default"][:3] == (209, 210, 209), "changed by default"
assert found[0.7]["ONNX Runtime, by default"][3] > 1.009, "the average is one percent too high"
assert found[0.9]["ONNX Runtime, by default"][:3] == (269, 270, 269), "changed for 0.9"
print("as found: Shape says 209 of a tensor of 210, with optimization only")
PYTHON
