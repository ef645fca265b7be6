"""Every way by its name, in the order of tables and charts."""

from __future__ import annotations

from benchmarks.ways.monai_sliding_window import MonaiBFloat16, MonaiSlidingWindow
from benchmarks.ways.onnxruntime_loop import ONNXRuntimeLoop
from benchmarks.ways.original import Original
from benchmarks.ways.ours import OursBalanced, OursEqualTiles, OursOriginalTiles
from benchmarks.ways.sahi_slices import SahiSlices
from benchmarks.ways.tiler_torch import TilerTorch
from benchmarks.ways.way import Way

WAYS: dict[str, type[Way]] = {
    way.name: way
    for way in (
        Original,
        MonaiSlidingWindow,
        MonaiBFloat16,
        TilerTorch,
        SahiSlices,
        ONNXRuntimeLoop,
        OursOriginalTiles,
        OursEqualTiles,
        OursBalanced,
    )
}
