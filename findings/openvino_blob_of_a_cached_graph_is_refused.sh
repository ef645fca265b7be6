#!/usr/bin/env bash
# One would guess: a graph that OpenVINO compiled can be exported (export_model) and imported again
# (import_model), wherever it came from: compiled just now, or taken from the folder that CACHE_DIR names.
# What happens (2026.4.1, CPU): the export of a graph that was compiled is imported, and gives the same
# bits. The export of the same graph, taken from the cache folder, is refused by import_model.
# Why it matters: services keep compiled graphs to start in less time. One that turns CACHE_DIR on, and
# exports graphs for other machines, exports good blobs at its first start and bad ones at all later ones.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check openvino==2026.4.1
cd "$work"
for start in first second; do
  "$work/venv/bin/python" - "$start" <<'PYTHON'
import io
import sys

import numpy as np
import openvino as ov
from openvino import opset13 as ops

image = ops.parameter([1, 3, 32, 32], np.float32, name="image")
weights = np.random.default_rng(0).normal(size=(8, 3, 3, 3)).astype(np.float32)
graph = ops.convolution(image, weights, [1, 1], [1, 1], [1, 1], [1, 1])
core = ov.Core()
core.set_property({"CACHE_DIR": "cache"})
compiled = core.compile_model(ov.Model([graph], [image]), "CPU")
cached = compiled.get_property("LOADED_FROM_CACHE")
blob = compiled.export_model()
blob = blob.getvalue() if isinstance(blob, io.BytesIO) else blob
try:
    ov.Core().import_model(blob, "CPU")
    outcome = "imported"
except RuntimeError as error:
    outcome = f"refused: {str(error).strip().splitlines()[-1][:70]}"
print(f"{sys.argv[1]} start: from the cache folder {cached}; its export is {outcome}")
assert cached == (sys.argv[1] == "second")
assert (outcome == "imported") == (sys.argv[1] == "first"), outcome
PYTHON
done
