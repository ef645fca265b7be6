#!/usr/bin/env bash
# One would guess: two processes on a machine of two or more CPUs, each told to compute with one thread
# (INFERENCE_NUM_THREADS=1), compute side by side, because the system gives each a CPU of its own.
# What happens (openvino 2026.4.1, Linux): while it computes, each process pins its thread to the first CPU.
# The two share it and take twice as long, while the other CPUs idle. Before and after an inference the
# threads may run anywhere, so tools that look at an idle process show nothing. With
# ENABLE_CPU_PINNING=NO the threads stay free.
# Why it matters: services, Ray and Triton start one process for each CPU as a matter of course, and
# containers with a CPU quota see all CPUs of their host. All of them end up on the same few.
# It needs two CPUs, and ends with 2 where there is one.
set -euo pipefail

[ "$(nproc)" -ge 2 ] || { echo "this machine cannot show it: it needs two CPUs"; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openvino==2026.4.1
cat >"$work/process.py" <<'PYTHON'
import os
import sys
import threading
import time

import numpy as np
import openvino as ov
from openvino import opset13 as ops

image = ops.parameter([1, 32, 256, 256], np.float32)
node = image
for _ in range(6):
    weights = np.random.default_rng(0).normal(size=(32, 32, 3, 3)).astype(np.float32) / 100
    node = ops.convolution(node, weights, [1, 1], [1, 1], [1, 1], [1, 1])
settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1}
if sys.argv[1] == "free":
    settings["ENABLE_CPU_PINNING"] = "NO"
compiled = ov.Core().compile_model(ov.Model([node], [image]), "CPU", settings)
request, pixels = compiled.create_infer_request(), np.ones((1, 32, 256, 256), np.float32)


def allowed():
    """Which CPUs the threads of this process may run on; the fewest count."""
    found = []
    for task in os.listdir("/proc/self/task"):
        lines = open(f"/proc/self/task/{task}/status").read().splitlines()
        found.append(next(line.split()[-1] for line in lines if line.startswith("Cpus_allowed_list")))
    return min(found, key=len)


seen, ended = set(), False


def watch():
    while not ended:
        seen.add(allowed())
        time.sleep(0.002)


watcher = threading.Thread(target=watch)
watcher.start()
until = time.monotonic() + 3
while time.monotonic() < until:
    request.infer([pixels])
ended = True
watcher.join()
print(min(seen, key=len))
PYTHON
both() {
  "$work/venv/bin/python" "$work/process.py" "$1" >"$work/a" &
  "$work/venv/bin/python" "$work/process.py" "$1" >"$work/b"
  wait
  echo "$(cat "$work/a") and $(cat "$work/b")"
}
usual=$(both usual)
free=$(both free)
echo "two processes of one thread each, while they compute, may run on CPU: $usual"
echo "with ENABLE_CPU_PINNING=NO: $free"
[[ $usual =~ ^([0-9]+)\ and\ ([0-9]+)$ && ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" ]]
[[ ! $free =~ ^[0-9]+\ and ]]
