"""A small bundle whose network reads the coefficients of JPEG, and what it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from forensics_rt import Bundle
from forensics_rt.bundle.manifest import CoefficientInputs, Contract
from forensics_rt.io.coefficients import Coefficients
from tests.bundles import write_bundle

LIMIT = 20
CONTRACT = Contract(coefficients=CoefficientInputs(limit=LIMIT))


def coefficient_graph() -> onnx.ModelProto:
    """Answer |coefficient| · mean step / 10 000 + mean(R, G, B) / 512 for each pixel."""
    number = TensorProto.FLOAT
    nodes = [
        helper.make_node("Cast", ["dct"], ["values"], to=number),
        helper.make_node("Abs", ["values"], ["sizes"]),
        helper.make_node("Cast", ["quantization"], ["steps"], to=number),
        helper.make_node("ReduceMean", ["steps", "sides"], ["step"], keepdims=1),
        helper.make_node("Mul", ["sizes", "step"], ["products"]),
        helper.make_node("Div", ["products", "many"], ["share"]),
        helper.make_node("Cast", ["image"], ["numbers"], to=number),
        helper.make_node("ReduceMean", ["numbers", "channel"], ["gray"], keepdims=0),
        helper.make_node("Div", ["gray", "twice"], ["light"]),
        helper.make_node("Add", ["share", "light"], ["probability"]),
    ]
    constants = {
        "sides": np.array([1, 2]),
        "many": np.float32(10_000),
        "channel": np.array([3]),
        "twice": np.float32(512),
    }
    values = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            values("image", TensorProto.UINT8, ["n", "h", "w", 3]),
            values("dct", TensorProto.INT32, ["n", "h", "w"]),
            values("quantization", TensorProto.INT32, ["n", 8, 8]),
        ],
        [values("probability", number, ["n", "h", "w"])],
        [numpy_helper.from_array(np.asarray(one), name) for name, one in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return model


def coefficient_bundle(folder: Path, **changes: Any) -> Bundle:
    """Write a bundle of that network."""
    changes = {"contract": CONTRACT, "schema": 2, **changes}
    return write_bundle(folder, [coefficient_graph()], **changes)


def expected_answer(pixels: np.ndarray, read: Coefficients) -> np.ndarray:
    """Return what the network answers to a whole page."""
    height, width = pixels.shape[:2]
    sizes = np.abs(read.dct[:height, :width].astype(np.float64))
    return sizes * read.quantization.mean() / 10_000 + pixels.mean(axis=2) / 512
