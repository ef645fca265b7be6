#!/usr/bin/env bash
# One would guess: compile_model with INFERENCE_PRECISION_HINT f16 computes in float16 (11 bits of precision), or refuses.
# What happens: on a processor that computes in bfloat16 and not in float16, such as an EPYC with avx512_bf16, OpenVINO computes in
# bfloat16 (8 bits) and logs nothing. Only the compiled model tells, if it is asked for the property again.
# Why it matters: a threshold that was checked in float16 elsewhere decides on maps of an eighth of the precision here.
# Read OPTIMIZATION_CAPABILITIES before, or INFERENCE_PRECISION_HINT of the compiled model after. Other processors cannot show it:
# the script then ends with 2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "openvino==2026.4.1" "numpy==2.4.1"
"$work/venv/bin/python" - <<'PY'
import sys

import numpy as np
import openvino
from openvino import opset13 as ops

core = openvino.Core()
able = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
print("openvino", openvino.__version__, "computes in", able)
if "BF16" not in able or "FP16" in able:
    print("this processor cannot show it: it must compute in BF16 and not in FP16")
    sys.exit(2)

pixels = ops.parameter([1, 16, 64, 64], np.float32)
kernel = np.random.default_rng(0).normal(size=(16, 16, 3, 3)).astype(np.float32) / 12
layer = ops.convolution(pixels, ops.constant(kernel), [1, 1], [1, 1], [1, 1], [1, 1])
model = openvino.Model([layer], [pixels])
image = np.random.default_rng(1).random((1, 16, 64, 64), np.float32)


def run(hint: str) -> tuple[str, np.ndarray]:
    """Return the number format that the compiled model names, and its answer."""
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": hint})
    named = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    return named, compiled([image])[0].copy()


exact, half, brain = run("f32"), run("f16"), run("bf16")
off = float(np.abs(half[1] - exact[1]).max())
print("asked for f16, the compiled model names:", half[0], "largest difference to f32:", off)
assert half[0] == "bf16", "changed: f16 is no longer bfloat16"
assert np.array_equal(half[1], brain[1]), "changed: the answers are not those of bf16"
assert off > 2e-3, "changed: the answers are as near as float16's"
print("as found: f16 gives the answers of bf16, to the bit")
PY
