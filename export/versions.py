"""What a bundle was built with."""

from __future__ import annotations

import platform

import numpy as np
import onnx
import onnxscript
import torch

from export.graph.tracing import OPSET
from forensics_rt.backends.onnxruntime import load_onnxruntime
from forensics_rt.backends.openvino import load_openvino

onnxruntime = load_onnxruntime()


def versions() -> dict[str, str]:
    """Return the version of everything that shaped or measured the graphs.

    Example:
        >>> versions()["opset"]
        '18'
    """
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "onnx": onnx.__version__,
        "onnxscript": onnxscript.__version__,
        "opset": str(OPSET),
        "onnxruntime": onnxruntime.__version__,
        "openvino": load_openvino().__version__,
        "numpy": np.__version__,
    }
