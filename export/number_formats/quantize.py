"""Explicit int8: quantize and dequantize nodes in the graph, at measured ranges.

Before every convolution that is not on the float32 list; weights symmetric for each output
channel, activations for each tensor, symmetric where they are for TensorRT (Jacob et al.,
"Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
CVPR 2018).
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from export.errors import ExportError
from export.number_formats.calibration import CalibrationSet
from export.parity.probes import Pixels
from forensics_rt.bundle.manifest import Contract

QUANTIZED = ("Conv",)


def quantize_graph(
    model: onnx.ModelProto,
    kept: frozenset[str],
    calibration: CalibrationSet,
    *,
    symmetric: bool = True,
) -> onnx.ModelProto:
    """Return a copy with quantize and dequantize nodes around its convolutions.

    Args:
        model: Prepared, in float32.
        kept: Names of the nodes that stay in float32.
        calibration: Tiles to measure ranges on.
        symmetric: Whether activations are from −127 to 127, as TensorRT takes them; else from 0 to
            255 with a zero point, which is finer where they are mostly positive.

    Raises:
        ExportError: If ONNX Runtime cannot run the graph on the tiles.
    """
    with tempfile.TemporaryDirectory() as name, _only_warnings():
        source, target = Path(name) / "source.onnx", Path(name) / "target.onnx"
        onnx.save(model, source)
        try:
            quantize_static(
                str(source),
                str(target),
                _Tiles(calibration.tiles),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=list(QUANTIZED),
                nodes_to_exclude=sorted(kept),
                per_channel=True,
                activation_type=QuantType.QInt8 if symmetric else QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.MinMax,
                extra_options={
                    # TensorRT takes no zero points and adds biases in float32.
                    "ActivationSymmetric": symmetric,
                    "WeightSymmetric": True,
                    "QuantizeBias": False,
                    # What reads them rounds them: once is enough, and engines fuse both alike.
                    "OpTypesToExcludeOutputQuantization": list(QUANTIZED),
                },
            )
        except Exception as error:  # ONNX Runtime's errors have no other base in common
            raise ExportError(f"the graph cannot be quantized: {error}") from error
        return onnx.load(target)


class _Tiles(CalibrationDataReader):  # type: ignore[misc]
    """Hands the tiles to ONNX Runtime one by one."""

    def __init__(self, tiles: tuple[Pixels, ...]) -> None:
        self._rest: Iterator[Pixels] = iter(tiles)

    def get_next(self) -> dict[str, Pixels] | None:
        """Return the next tile by the input's name, or `None` after the last."""
        tile = next(self._rest, None)
        return None if tile is None else {Contract().input_name: tile}


@contextlib.contextmanager
def _only_warnings() -> Iterator[None]:
    # The quantizer advises pre-processing on the root logger, which the exporter has done.
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)
