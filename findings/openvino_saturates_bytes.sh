#!/usr/bin/env bash
# One would guess: arithmetic on whole numbers is exact, so a graph that adds or subtracts bytes gives the same answer in every
# engine; past the end of the range it wraps around, as in NumPy, PyTorch and ONNX's own reference.
# What happens (OpenVINO 2026.4.1, CPU): uint8 is clamped: 200 + 100 is 255 and 10 - 20 is 0. ONNX Runtime says 44 and 246.
# Why it matters: differences of two versions of an image (error level analysis, residuals, parity of least significant
# bits) that a graph takes from bytes lose half of their values, or their wrap, when the engine changes. Cast first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
    openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

first, second = np.array([[200, 10, 90]], np.uint8), np.array([[100, 20, 30]], np.uint8)
expected = {"Add": [[255, 30, 120]], "Sub": [[100, 0, 60]]}
print("openvino", openvino.__version__, "onnxruntime", onnxruntime.__version__, "onnx", onnx.__version__)
for name, operation in (("Add", np.add), ("Sub", np.subtract)):
    ends = [helper.make_tensor_value_info(end, TensorProto.UINT8, first.shape) for end in ("a", "b", "y")]
    graph = helper.make_graph([helper.make_node(name, ["a", "b"], ["y"])], "graph", ends[:2], ends[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    data, inputs = model.SerializeToString(), {"a": first, "b": second}
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    core = openvino.Core()
    said = {
        "NumPy": operation(first, second),
        "reference": ReferenceEvaluator(model).run(None, inputs)[0],
        "ONNX Runtime": session.run(None, inputs)[0],
        "OpenVINO": core.compile_model(core.read_model(data), "CPU")(inputs)[0].copy(),
    }
    print(f"{name} of {first.tolist()} and {second.tolist()}:", {k: v.tolist() for k, v in said.items()})
    assert all(answer.dtype == np.uint8 for answer in said.values())
    assert np.array_equal(said["NumPy"], said["reference"]) and np.array_equal(said["NumPy"], said["ONNX Runtime"])
    assert said["OpenVINO"].tolist() == expected[name], f"changed: {name}"
print("as found: OpenVINO clamps bytes, the others wrap around")
PYTHON
