#!/usr/bin/env bash
# One would guess: a graph that sums pixels as int32 or int64 counts exactly, and cannot overflow in int64, as its output says.
# What happens (OpenVINO 2026.4.1, CPU): ReduceSum adds whole numbers up in float32, and int64 has 32 bits inside. From
# 16 777 216 on, sums are rounded, 22 133 999 to 22 134 000; the sum of a white A4 page at 300 dots an inch,
# 2 218 459 200, comes out negative. The output is called int64 all the same. ONNX Runtime is exact.
# Why it matters: areas, means, parities and checksums that a graph computes are right in tests with small images and wrong
# for scans. Sum rows in the graph and the rest outside of it.
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
from onnx import TensorProto, helper


def sums_of(page: np.ndarray, name: str) -> dict[str, int]:
    """Sum the pixels of a page in a graph, in integers of 32 or 64 bits, by both engines."""
    wide = getattr(TensorProto, name.upper())
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, page.shape)
    total = helper.make_tensor_value_info("total", wide, [1, 1])
    nodes = [
        helper.make_node("Cast", ["image"], ["wide"], to=wide),
        helper.make_node("ReduceSum", ["wide"], ["total"]),
    ]
    graph = helper.make_graph(nodes, "graph", [image], [total])
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    core = openvino.Core()
    said = {
        "ONNX Runtime": session.run(None, {"image": page})[0],
        "OpenVINO": core.compile_model(core.read_model(model), "CPU")([page])[0],
    }
    assert all(answer.dtype == np.dtype(name) for answer in said.values())
    return {engine: int(answer.item()) for engine, answer in said.items()}


print("openvino", openvino.__version__, "onnxruntime", onnxruntime.__version__)
small, medium, large = (np.full(sides, 255, np.uint8) for sides in ((200, 248), (350, 248), (3508, 2480)))
medium[0, 0] = 254  # an odd sum
for page, name, exact in ((small, "int64", True), (medium, "int32", False), (medium, "int64", False), (large, "int64", False)):
    true, said = int(page.sum(dtype=np.int64)), sums_of(page, name)
    print(f"{page.shape[0]} x {page.shape[1]} pixels, {name}: the sum is {true}; {said}")
    assert said["ONNX Runtime"] == true
    assert (said["OpenVINO"] == true) == exact, "changed"
assert said["OpenVINO"] < 0
print("as found: sums of integers are rounded from 2**24 on, and fail from 2**31 on")
PYTHON
