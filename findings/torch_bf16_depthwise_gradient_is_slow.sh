#!/usr/bin/env bash
# One would guess: on a processor that computes in bfloat16, bfloat16 autocast trains every layer of a network faster, or as fast.
# What happens: PyTorch 2.13 runs a 5×5 depthwise convolution forward faster in bfloat16, and its gradient about three times slower
# than in float32. The gradient of a dense convolution of the same size gains as expected.
# Why it matters: encoders of mobile networks (EfficientNet, MobileNet) are depthwise; half their training time goes there. Keeping
# those layers alone in float32 under autocast gives the gain back.
# Seen on an AMD EPYC with avx512_bf16, one thread: gradient of 672 channels of 16×16, batch 12: 22 ms in float32, 74 in bfloat16.
# Processors without avx512_bf16 cannot show it: the script then ends with 2. Processor time is taken, the least of five runs.
set -euo pipefail
grep -qw avx512_bf16 /proc/cpuinfo || { echo "this processor cannot show it: it must have avx512_bf16"; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "torch==2.13.0" "numpy==2.4.1"
"$work/venv/bin/python" - <<'PY'
import time

import torch
from torch.nn import functional as F

torch.set_num_threads(1)


def seconds(dtype: torch.dtype, channels: int, groups: int) -> tuple[float, float]:
    """Return the least processor time of a 5×5 convolution, forward and backward."""
    torch.manual_seed(0)
    features = torch.randn(12, channels, 16, 16, dtype=dtype)
    features = features.contiguous(memory_format=torch.channels_last).requires_grad_()
    weight = torch.randn(channels, channels // groups, 5, 5, dtype=dtype, requires_grad=True)
    forward, backward = [], []
    for _ in range(5):
        start = time.process_time()
        filtered = F.conv2d(features, weight, None, 1, 2, groups=groups)
        middle = time.process_time()
        filtered.sum().backward()
        backward.append(time.process_time() - middle)
        forward.append(middle - start)
    return min(forward), min(backward)


print("torch", torch.__version__)
slower = {}
for name, channels, groups in (("depthwise", 672, 672), ("dense", 96, 1)):
    exact, brain = (seconds(dtype, channels, groups) for dtype in (torch.float32, torch.bfloat16))
    slower[name] = brain[1] / exact[1]
    print(
        f"{name}: forward {1e3 * exact[0]:.1f} ms in float32, {1e3 * brain[0]:.1f} in bfloat16; "
        f"gradient {1e3 * exact[1]:.1f} and {1e3 * brain[1]:.1f}"
    )
assert slower["depthwise"] > 1.7, "changed: the gradient of a depthwise convolution is no slower"
assert slower["dense"] < 1.2, "changed: the gradient of a dense convolution is slower, too"
print(f"as found: the depthwise gradient takes {slower['depthwise']:.1f} times as long in bfloat16")
PY
