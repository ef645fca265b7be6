#!/usr/bin/env bash
# One would guess: a process that may only run on CPU 0 (taskset, sched_setaffinity, a job scheduler) computes
# there, and so do the threads that a library starts in it.
# What happens (onnxruntime 1.32.0, Linux): a session with default options starts one thread for each further
# CPU of the machine and binds it to that CPU, outside of what the process was given. With
# intra_op_num_threads=2 the thread is not bound and keeps to CPU 0.
# Why it matters: whoever gives a decoder or a text reader one CPU, and the detector or a training another,
# finds the first on both. Nothing fails, and the tools that show the process still name CPU 0 alone.
# It needs two CPUs, and ends with 2 where there is one.
set -euo pipefail

[ "$(nproc)" -ge 2 ] || { echo "this machine cannot show it: it needs two CPUs"; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2
cat >"$work/process.py" <<'PYTHON'
import os
import sys

import onnxruntime
from onnx import TensorProto, helper


def allowed():
    """Each thread of this process and the CPUs that it may run on."""
    found = {}
    for task in os.listdir("/proc/self/task"):
        lines = open(f"/proc/self/task/{task}/status").read().splitlines()
        found[task] = next(s.split()[-1] for s in lines if s.startswith("Cpus_allowed_list"))
    return found


ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "graph", ends[:1], ends[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
options = onnxruntime.SessionOptions()
if sys.argv[1] != "default":
    options.intra_op_num_threads = int(sys.argv[1])
before = allowed()
session = onnxruntime.InferenceSession(
    model.SerializeToString(), options, providers=["CPUExecutionProvider"]
)
print(*sorted({cpus for task, cpus in allowed().items() if task not in before}))
PYTHON
on_cpu_0() { taskset -c 0 "$work/venv/bin/python" "$work/process.py" "$1"; }
usual=$(on_cpu_0 default)
told=$(on_cpu_0 2)
echo "a process held to CPU 0: threads of a default session may run on CPU $usual"
echo "with intra_op_num_threads=2: on CPU $told"
[[ " $usual " != *" 0 "* && -n $usual ]]
[ "$told" = 0 ]
