#!/usr/bin/env bash
# One would guess: an array that NumPy shows right is read right by what takes NumPy arrays, or refused.
# What happens: Pillow hands out big-endian TIFF in 16-bit gray as an array of type ">u2", and tifffile.memmap does, too.
# OpenCV 5.0.0, ONNX Runtime 1.32.0 and openvino.Tensor take it and swap the two bytes of each sample, without a word: 1 is
# 256. OpenVINO called with the array itself reads it right; libvips and onnx.numpy_helper raise an error.
# Why it matters: scanners write TIFF in either byte order. For half of an archive the detector then sees noise, though the
# page looks right wherever NumPy prints or sums it. Use pixels.astype(pixels.dtype.newbyteorder("=")).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check opencv-python-headless==5.0.0.93 onnx==1.23.2 \
    onnxruntime==1.32.0 openvino==2026.4.1 pillow==13.0.0 tifffile==2026.3.3 "pyvips[binary]==3.2.0" numpy==2.4.6
"$work/venv/bin/python" - "$work/scan.tif" <<'PYTHON' 2>&1
import sys

import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
import PIL
import pyvips
import tifffile
from onnx import TensorProto, helper
from PIL import Image

path = sys.argv[1]
page = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
tifffile.imwrite(path, page, byteorder=">")
ends = [helper.make_tensor_value_info(name, kind, [64, 64])
        for name, kind in (("scan", TensorProto.UINT16), ("pixels", TensorProto.FLOAT))]
graph = helper.make_graph([helper.make_node("Cast", ["scan"], ["pixels"], to=TensorProto.FLOAT)], "graph", ends[:1], ends[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10).SerializeToString()
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
core = openvino.Core()
compiled = core.compile_model(core.read_model(model), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
takers = {
    "cv2.blur, 1 by 1": lambda pixels: cv2.blur(pixels, (1, 1)),
    "cv2.imencode": lambda pixels: cv2.imdecode(cv2.imencode(".png", pixels)[1], cv2.IMREAD_UNCHANGED),
    "ONNX Runtime": lambda pixels: session.run(None, {"scan": pixels})[0],
    "openvino.Tensor": lambda pixels: compiled([openvino.Tensor(pixels)])[0],
    "OpenVINO, the array": lambda pixels: compiled([pixels])[0],
    "libvips": lambda pixels: pyvips.Image.new_from_array(pixels).numpy(),
    "onnx.numpy_helper": lambda pixels: onnx.numpy_helper.to_array(onnx.numpy_helper.from_array(pixels)),
}
print("OpenCV", cv2.__version__, "onnxruntime", onnxruntime.__version__, "openvino", openvino.__version__, "Pillow", PIL.__version__)
found = {}
for source, pixels in (("Pillow", np.asarray(Image.open(path))), ("tifffile.memmap", np.array(tifffile.memmap(path, mode="r")))):
    print(f"{source} gives {pixels.dtype.str}, NumPy shows {pixels[0, :4]}")
    assert pixels.dtype.str == ">u2" and np.array_equal(pixels, page), f"changed: what {source} gives"
    for name, take in takers.items():
        try:
            taken = take(pixels).astype(int)
        except ValueError as error:
            found[name] = "refused"
            print(f"    {name:20}ValueError: {error}")
            continue
        found[name] = "right" if np.array_equal(taken, page) else "swapped" if np.array_equal(taken, page.byteswap()) else "else"
        print(f"    {name:20}{found[name]}: {taken[0, :4]}")
    assert found == {"cv2.blur, 1 by 1": "swapped", "cv2.imencode": "swapped", "ONNX Runtime": "swapped", "openvino.Tensor": "swapped",
                     "OpenVINO, the array": "right", "libvips": "refused", "onnx.numpy_helper": "refused"}, f"changed: {found}"
print("as found: OpenCV, ONNX Runtime and openvino.Tensor swap the bytes")
PYTHON
