"""The graph that a network's int8 is made of: its own, or one that was trained for int8."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import onnx

from export.graph.ends import prepare
from export.number_formats.calibration import CalibrationSet
from export.number_formats.cast import cast_graph
from export.number_formats.keep import computed_filters, kept_nodes
from export.number_formats.rounding_nodes import only_convolutions, signed_where_negative
from export.number_formats.trained import TrainedForInt8, load_trained, untrained, with_ranges
from export.number_formats.whole_numbers import exact_where_whole
from forensics_rt.bundle.manifest import MemberRecord
from forensics_rt.bundle.opening import Bundle


@dataclass(frozen=True)
class Int8Source:
    """What int8 is made of, and what it is held to.

    Attributes:
        exact: The network of the bundle in float32, which int8 has to answer like.
        whole: The graph in float32 that is quantized; another one if it was trained for int8.
        kept: Names of the nodes that stay in float32 in any case.
        trained: The network that was trained for int8, if there is one.
    """

    exact: onnx.ModelProto
    whole: onnx.ModelProto
    kept: frozenset[str]
    trained: TrainedForInt8 | None = None

    def quantized(self, tiles: CalibrationSet) -> onnx.ModelProto:
        """Return the graph with quantize and dequantize nodes.

        Args:
            tiles: That ranges are measured on; those that were trained with count more.

        Raises:
            ExportError: If it cannot be quantized.
        """
        # Here, because ONNX Runtime's quantizer is slow to import.
        from export.number_formats.quantize import quantize_graph

        rounded = quantize_graph(self.whole, self.kept, tiles, symmetric=False)
        rounded = signed_where_negative(only_convolutions(rounded))
        rounded = exact_where_whole(rounded, self.whole)
        if self.trained is None:
            return rounded
        return with_ranges(rounded, self.whole, self.trained.ranges)


def int8_source(
    staged: Bundle, network: MemberRecord, keep_fp32: tuple[str, ...], checkpoint: Path | None
) -> Int8Source:
    """Read the graphs.

    Args:
        staged: The bundle.
        network: Of the bundle.
        keep_fp32: Nodes that stay in float32 in any case: `op:TYPE`, `name:GLOB`.
        checkpoint: That `python -m train fit-int8` wrote; `None` to quantize the bundle's network.

    Raises:
        CheckpointError: If the checkpoint cannot be read.
        ExportError: If it is that of another network, or a pattern is none.
    """
    exact = prepare(onnx.load_from_string(staged.graph(network)))
    trained, model = None, exact
    if checkpoint is not None:
        trained = load_trained(checkpoint, staged.manifest, network)
        model = prepare(trained.model)
    kept = kept_nodes(model.graph, keep_fp32) | computed_filters(model.graph)
    if trained is not None:
        kept |= untrained(model.graph, trained.ranges)
    return Int8Source(cast_graph(exact, "fp32"), cast_graph(model, "fp32"), kept, trained)
