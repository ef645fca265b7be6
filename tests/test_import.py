"""Importing the package is cheap and needs no engine."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def python(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


def test_importing_loads_nothing_heavy():
    loaded = python(
        "import sys, forensics_rt; "
        "print([name for name in ('numpy', 'cv2', 'pydantic', 'openvino', 'torch', 'onnx', "
        "'onnxruntime', 'typer', 'rich') if name in sys.modules])"
    )
    assert loaded == "[]"


def test_the_runtime_works_where_only_the_base_packages_are_installed():
    shape = python(
        """
import sys
for name in ("torch", "onnx", "onnxruntime", "tensorrt", "segmentation_models_pytorch", "export",
             "train", "safetensors", "onnxscript"):
    sys.modules[name] = None
import numpy as np
from forensics_rt import Detector
with Detector() as detector:
    print(detector(np.full((50, 70, 3), 200, np.uint8)).probability.shape)
"""
    )
    assert shape == "(50, 70)"


def test_importing_needs_no_engine_at_all():
    script = """
import sys
for name in ("torch", "onnx", "onnxruntime", "openvino"):
    sys.modules[name] = None
from forensics_rt import Bundle, Detection, Detector, Recipe
from forensics_rt.errors import BackendUnavailable
try:
    Detector()
except BackendUnavailable as error:
    print(error)
"""
    assert python(script).startswith("no backend can run here; tried openvino: package 'openvino'")


def test_every_public_name_can_be_had():
    import forensics_rt

    assert all(getattr(forensics_rt, name) is not None for name in forensics_rt.__all__)
