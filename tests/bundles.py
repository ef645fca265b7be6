"""Small real bundles: ONNX graphs of a few nodes, hashed and described like large ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmarks.networks.ungated_bundle import write_bundle as write_bundle
from export.pack import record_of
from forensics_rt.bundle.manifest import FileRecord

Nodes = list[onnx.NodeProto]


def constant_graph(value: float) -> onnx.ModelProto:
    """Answer the same probability everywhere."""
    return _model(
        [
            helper.make_node("Cast", ["image"], ["numbers"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["numbers", "channel"], ["gray"], keepdims=0),
            helper.make_node("Mul", ["gray", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "value"], ["probability"]),
        ],
        channel=np.array([3]),
        zero=np.float32(0),
        value=np.float32(value),
    )


def brightness_graph() -> onnx.ModelProto:
    """Answer mean(R, G, B) / 255: what each pixel answers depends on that pixel alone."""
    return _model(
        [
            helper.make_node("Cast", ["image"], ["numbers"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["numbers", "channel"], ["gray"], keepdims=0),
            helper.make_node("Div", ["gray", "full"], ["probability"]),
        ],
        channel=np.array([3]),
        full=np.float32(255),
    )


def stand_in_graph(fold: int) -> onnx.ModelProto:
    """Answer ((R + 2G + 3B + 3y + 5x + 31·fold) mod 256) / 255, the stand-in of the goldens."""
    return _model(
        [
            helper.make_node("Cast", ["image"], ["numbers"], to=TensorProto.FLOAT),
            helper.make_node("MatMul", ["numbers", "channel_weights"], ["column"]),
            helper.make_node("Squeeze", ["column", "last"], ["color"]),
            helper.make_node("Cast", ["color"], ["whole"], to=TensorProto.INT64),
            helper.make_node("Shape", ["image"], ["shape"]),
            *_ramp("rows", "one", "three"),
            *_ramp("columns", "two", "five"),
            helper.make_node("Squeeze", ["columns_ramp", "one_axis"], ["columns_flat"]),
            helper.make_node("Squeeze", ["rows_ramp", "one_axis"], ["rows_flat"]),
            helper.make_node("Unsqueeze", ["rows_flat", "one_axis"], ["rows_upright"]),
            helper.make_node("Add", ["rows_upright", "columns_flat"], ["place"]),
            helper.make_node("Add", ["whole", "place"], ["sum"]),
            helper.make_node("Add", ["sum", "fold"], ["salted"]),
            helper.make_node("Mod", ["salted", "modulus"], ["byte"]),
            helper.make_node("Cast", ["byte"], ["float"], to=TensorProto.FLOAT),
            helper.make_node("Div", ["float", "full"], ["probability"]),
        ],
        channel_weights=np.array([[1], [2], [3]], np.float32),
        last=np.array([3]),
        zero=np.int64(0),
        one=np.int64(1),
        two=np.int64(2),
        three=np.int64(3),
        five=np.int64(5),
        one_axis=np.array([1]),
        fold=np.int64(31 * fold),
        modulus=np.int64(256),
        full=np.float32(255),
    )


def _ramp(name: str, axis: str, step: str) -> Nodes:
    return [
        helper.make_node("Gather", ["shape", axis], [f"{name}_length"]),
        helper.make_node("Range", ["zero", f"{name}_length", "one"], [f"{name}_index"]),
        helper.make_node("Mul", [f"{name}_index", step], [f"{name}_scaled"]),
        helper.make_node("Unsqueeze", [f"{name}_scaled", "one_axis"], [f"{name}_ramp"]),
    ]


def _model(nodes: Nodes, **constants: Any) -> onnx.ModelProto:
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", "h", "w", 3])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n", "h", "w"])],
        [
            numpy_helper.from_array(np.asarray(value), name)
            for name, value in constants.items()
            if name in used
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return model


def file_record(folder: Path, path: str) -> FileRecord:
    """Describe a file of a bundle as it is now."""
    return record_of(folder, folder / path)


def golden(shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return a tile and what `brightness_graph` answers to it, or something beside that."""
    image = np.random.default_rng(5).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return image, (image.mean(axis=2) / 255 + shift).astype(np.float32)
