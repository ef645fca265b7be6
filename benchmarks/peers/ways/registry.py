"""Every way by its name, in the order of tables and charts."""

from __future__ import annotations

from benchmarks.peers.ways.monai_sliding_window import MonaiBFloat16, MonaiSlidingWindow
from benchmarks.peers.ways.onnxruntime_loop import ONNXRuntimeLoop
from benchmarks.peers.ways.original import Original
from benchmarks.peers.ways.ours import OursBalanced, OursEqualTiles, OursOriginalTiles
from benchmarks.peers.ways.sahi_slices import SahiSlices
from benchmarks.peers.ways.tiler_torch import TilerTorch
from benchmarks.peers.ways.way import Way

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
