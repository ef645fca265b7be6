#!/usr/bin/env bash
# One would guess: DFT of an ONNX graph is taken along the axis that the graph names, by every engine, or refused.
# What happens (OpenVINO 2026.4.1): from opset 20 on the axis is an input of DFT, and OpenVINO leaves it out: it takes axis 1,
# which is the channels, whatever is asked, without a word. In opset 18 the axis is an attribute; axes 1 and above are right,
# and negative ones are off by one: -2, the last axis of the signal, becomes the one before. ONNX Runtime does as asked.
# Why it matters: traces of resampling, copies and generated images are looked for in the spectrum. torch.fft.fft2 is written as
# two DFT nodes; here the rows and columns are never transformed, and the "spectrum" of the right shape is that of the channels.
# Export fft2 with opset 18, and compare the engines.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
    openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON' 2>&1
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper

pages = np.random.default_rng(0).standard_normal((1, 3, 32, 32, 2)).astype(np.float32)  # real and imaginary part at the end
signal = pages[..., 0] + 1j * pages[..., 1]
names = {"batch": 0, "channels": 1, "rows": 2, "columns": 3}


def graph(opset: int, axes: list[int]) -> bytes:
    """DFT along some axes, one after the other."""
    nodes, constants = [], []
    for step, axis in enumerate(axes):
        ends = [f"signal{step}"], [f"signal{step + 1}"]
        if opset < 20:
            nodes.append(helper.make_node("DFT", *ends, axis=axis))
        else:
            constants.append(helper.make_tensor(f"axis{step}", TensorProto.INT64, [], [axis]))
            nodes.append(helper.make_node("DFT", [*ends[0], "", f"axis{step}"], ends[1]))
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, pages.shape) for name in ("signal0", f"signal{len(axes)}")]
    whole = helper.make_graph(nodes, "graph", ends[:1], ends[1:], constants)
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def by_onnxruntime(model: bytes) -> np.ndarray:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"signal0": pages})[0]


def by_openvino(model: bytes) -> np.ndarray:
    core = openvino.Core()
    return core.compile_model(core.read_model(model), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([pages])[0]


def close(spectrum: np.ndarray, expected: np.ndarray) -> bool:
    return np.allclose(spectrum[..., 0] + 1j * spectrum[..., 1], expected, atol=1e-3)


print("openvino", openvino.__version__, "onnxruntime", onnxruntime.__version__)
found = {}
for opset in (18, 20):
    for axis, asked in ((1, "channels"), (2, "rows"), (3, "columns"), (-2, "columns"), (-3, "rows")):
        model = graph(opset, [axis])
        done = {}
        for engine, compute in (("ONNX Runtime", by_onnxruntime), ("OpenVINO", by_openvino)):
            spectrum = compute(model)
            (done[engine],) = [name for name, at in names.items() if close(spectrum, np.fft.fft(signal, axis=at))]
        print(f"opset {opset}, axis {axis:2} ({asked}): ONNX Runtime transforms {done['ONNX Runtime']}, OpenVINO {done['OpenVINO']}")
        assert done["ONNX Runtime"] == asked
        found[opset, axis] = done["OpenVINO"]
for opset in (18, 20):
    right = {engine.__name__: close(engine(graph(opset, [2, 3])), np.fft.fft2(signal)) for engine in (by_onnxruntime, by_openvino)}
    print(f"opset {opset}, spectrum of the pages is right: {right}")
    assert right == {"by_onnxruntime": True, "by_openvino": opset == 18}, "changed: the spectrum of the pages"
assert [found[18, axis] for axis in (1, 2, 3, -2, -3)] == ["channels", "rows", "columns", "rows", "channels"], "changed in opset 18"
assert {found[20, axis] for axis in (1, 2, 3, -2, -3)} == {"channels"}, "changed in opset 20"
print("as found: from opset 20 on OpenVINO transforms the channels, whatever axis is asked")
PYTHON
