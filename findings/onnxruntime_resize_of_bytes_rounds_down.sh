#!/usr/bin/env bash
# One would guess: Resize of bytes, with mode="linear", gives the nearest whole level to what Resize of floats gives.
# What happens (ONNX Runtime 1.32.0): it cuts off what comes after the point. The page gets darker by almost half a level on
# average, and is off by up to one. OpenVINO 2026.4.1 and ONNX's reference round, and OpenCV does in fixed point.
# Why it matters: graphs that take the bytes of an image and shrink it inside are common, for less traffic to the server. Traces
# of forgery are noise of about one level, and the two engines hand different ones to the rest of the network. Cast before Resize.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
    onnxruntime==1.32.0 openvino==2026.4.1 onnx==1.23.2 opencv-python-headless==5.0.0.93 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON' 2>&1
import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

page = np.random.default_rng(0).integers(0, 256, (1, 1, 64, 64)).astype(np.uint8)


def graph(kind: int) -> onnx.ModelProto:
    """Shrink a page of 64 by 64 pixels to 48 by 48."""
    node = helper.make_node("Resize", ["page", "", "", "sizes"], ["small"], mode="linear")
    sizes = helper.make_tensor("sizes", TensorProto.INT64, [4], [1, 1, 48, 48])
    ends = [helper.make_tensor_value_info(name, kind, shape)
            for name, shape in (("page", [1, 1, 64, 64]), ("small", [1, 1, 48, 48]))]
    whole = helper.make_graph([node], "graph", ends[:1], ends[1:], [sizes])
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return model


def by_onnxruntime(model: onnx.ModelProto, pixels: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"page": pixels})[0]


bytes_graph = graph(TensorProto.UINT8)
core = openvino.Core()
exact = by_onnxruntime(graph(TensorProto.FLOAT), page.astype(np.float32))
small = {
    "ONNX Runtime": by_onnxruntime(bytes_graph, page),
    "OpenVINO": core.compile_model(core.read_model(bytes_graph.SerializeToString()), "CPU")([page])[0],
    "reference of ONNX": ReferenceEvaluator(bytes_graph).run(None, {"page": page})[0],
    "OpenCV": cv2.resize(page[0, 0], (48, 48), interpolation=cv2.INTER_LINEAR)[None, None],
}
print("onnxruntime", onnxruntime.__version__, "openvino", openvino.__version__, "OpenCV", cv2.__version__)
for name, pixels in small.items():
    off = pixels - exact
    print(f"{name:18}to exact pixels: {off.mean():+.2f} on average, {off.min():+.2f} to {off.max():+.2f}")
    assert pixels.dtype == np.uint8
    if name == "ONNX Runtime":
        assert np.array_equal(pixels, np.floor(exact)) and off.mean() < -0.4, "changed: it does not round down"
    else:
        assert abs(off.mean()) < 0.15, f"changed: {name} does not round"
print("as found: ONNX Runtime rounds bytes down")
PYTHON
