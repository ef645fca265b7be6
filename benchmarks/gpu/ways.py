"""The ways through a page that `benchmarks.gpu` compares: each opened, timed and closed alike."""

from __future__ import annotations

import gc
import importlib
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.gpu.stages import gpu_stage_table
from benchmarks.timing import Timing, time_call
from forensics_rt.backends.base import Backend, DeviceEngine
from forensics_rt.backends.onnxruntime import ONNXRuntimeBackend
from forensics_rt.backends.registry import examine, open_backend
from forensics_rt.backends.torch import TorchBackend
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cuda.driver import probe_driver
from forensics_rt.detector import Detector
from forensics_rt.plan.by_recipe import plan_for
from forensics_rt.plan.schedule import schedule
from forensics_rt.recipe import PRESETS

ORIGINAL, GRAPHED = "torch eager fp32, the original's way", "torch channels_last fp16, CUDA graphs"
HALF = "onnxruntime, float16 graph"
IN_HALF = (GRAPHED, HALF)  # of the graphs cast to float16
# What the others are compared with first; last ONNX Runtime, which plans for longest.
WAYS = (ORIGINAL, "tensorrt", "tensorrt-rtx", GRAPHED, "onnxruntime", HALF)
_BACKENDS = {"tensorrt": "tensorrt", "tensorrt-rtx": "tensorrt-rtx", ORIGINAL: "torch",
             GRAPHED: "torch", "onnxruntime": "onnxruntime", HALF: "onnxruntime"}  # fmt: skip


@dataclass(frozen=True)
class GpuCase:
    """One setting.

    Attributes:
        tiles: Sides of the tiles in pixels that the plan may choose from.
        batch: Most views in one call of the engine.
        members: How many members vote.
    """

    tiles: tuple[int, ...]
    batch: int
    members: int


@dataclass(frozen=True)
class GpuFigures:
    """What was measured of one way in one setting.

    Attributes:
        way: Which.
        case: The setting.
        whole: From pixels on the host to the map on the host, one page at a time.
        stream: The same for pages one after the other, as a stream.
        engine: The engine alone, its input and output on the device; `None` if not to be had.
        stages: Milliseconds a page by stage, each alone.
        gpu_mib: Memory of the GPU that opening and running it took.
    """

    way: str
    case: GpuCase
    whole: Timing
    stream: Timing
    engine: Timing | None
    stages: dict[str, float]
    gpu_mib: float

    def document(self, original: Timing | None) -> dict[str, object]:
        """Return the figures for JSON, with their ratio to the original's way."""
        rate = self.stream.images_per_second
        engine = None if self.engine is None else self.engine.images_per_second
        return {
            "way": self.way,
            **asdict(self.case),
            "images_per_second": round(rate, 3),
            "latency_ms": self.whole.percentiles(),
            "engine_images_per_second": None if engine is None else round(engine, 3),
            "share_of_engine": None if engine is None else round(rate / engine, 4),
            "ratio_to_original": (
                None if original is None else round(rate / original.images_per_second, 3)
            ),
            "stages_ms": self.stages,
            "gpu_mib": round(self.gpu_mib, 1),
        }


def why_not(way: str, bundle: Bundle) -> str | None:
    """Say why a way cannot be run here; `None` where it can."""
    if reason := probe_driver().reason:
        return reason
    found = examine(_BACKENDS[way], "cuda", bundle)
    return None if found.usable else found.reason


def run(
    way: str, bundle: Bundle, case: GpuCase, page: npt.NDArray[np.uint8], repeats: int, warm_up: int
) -> GpuFigures:
    """Measure one way in one setting.

    Args:
        way: One of `WAYS`.
        bundle: Whose networks to run.
        case: The setting.
        page: H×W×3 RGB uint8.
        repeats: Pages that count.
        warm_up: Pages before them.
    """
    before = settled_mib()
    if way == ORIGINAL:
        from benchmarks.gpu.original import original_way

        original = original_way(bundle, "cuda", case.members)
        whole = time_call(lambda: original(page), repeats, warm_up)
        return GpuFigures(way, case, whole, whole, None, {}, used_mib() - before)
    backend: Backend
    if _BACKENDS[way] == "torch":
        backend = TorchBackend(bundle, "cuda", batch=case.batch)
    elif _BACKENDS[way] == "onnxruntime":
        backend = ONNXRuntimeBackend(bundle, "cuda", batch=case.batch)
    else:
        backend = open_backend(bundle, way, "cuda")
    return run_backend(way, backend, bundle, case, page, repeats, warm_up, before)


def settled_mib() -> float:
    """Return how much memory of the GPU is in use when nothing is kept of what was freed."""
    # Kept by PyTorch or cuda-core it would seem taken already, and the next way to take less.
    gc.collect()
    if "torch" in sys.modules:
        sys.modules["torch"].cuda.empty_cache()
    driver = _driver()
    # What was freed in the order of a stream is free only when the stream has come to it.
    (code,) = driver.cuCtxSynchronize()
    if not int(code):
        code, pool = driver.cuDeviceGetMemPool(0)
    if not int(code):
        (code,) = driver.cuMemPoolTrimTo(pool, 0)
    if int(code):
        raise RuntimeError(f"emptying the GPU's memory pool: the driver answered {code!r}")
    return used_mib()


def run_backend(
    way: str,
    backend: Backend,
    bundle: Bundle,
    case: GpuCase,
    page: npt.NDArray[np.uint8],
    repeats: int,
    warm_up: int,
    before: float,
    used: Callable[[], float] | None = None,
) -> GpuFigures:
    """Measure a backend that has been started; it is closed after.

    Args:
        way: What to call it.
        backend: The backend.
        bundle: Whose networks it runs.
        case: The setting.
        page: H×W×3 RGB uint8.
        repeats: Pages that count.
        warm_up: Pages before them.
        before: MiB of the GPU in use before it was started.
        used: Tells MiB of the GPU in use; `None` to ask the driver.
    """
    backend.capabilities = replace(backend.capabilities, batch=case.batch)
    recipe = replace(PRESETS["balanced"], tile_sizes=case.tiles, members=case.members)
    with Detector(bundle, backend, recipe) as detector:
        whole = time_call(lambda: detector(page), repeats, warm_up)
        pages = [page] * repeats
        # Let go one by one, as whoever writes them out does: kept, each would be the first to touch
        # its memory, which takes the host longer than the GPU takes for a page.
        stream = time_call(lambda: deque(detector.stream(pages), maxlen=0), 1, 1, images=repeats)
        took = (used or used_mib)() - before  # what is measured below takes more of its own
        engine, stages = None, {}
        if backend.on_device is not None:
            plan = plan_for(detector.recipe, *page.shape[:2], case.tiles)
            batches = [
                (batch.member, len(batch.views))
                for batch in schedule(plan, recipe.tta, range(case.members), case.batch)
            ]
            alone = engine_alone(backend.on_device, batches, plan.tile_size)
            engine = time_call(alone, repeats, warm_up)
            members = bundle.manifest.members[: case.members]
            weights = tuple(member.weight for member in members)
            stages = gpu_stage_table(
                backend.on_device, detector.recipe, weights, case.batch, (page, plan), repeats
            )
    return GpuFigures(way, case, whole, stream, engine, stages, took)


def engine_alone(
    engine: DeviceEngine, batches: list[tuple[int, int]], side: int
) -> Callable[[], None]:
    """Return a call that runs the engine on what a page needs, and nothing but the engine.

    Args:
        engine: The device, and what runs the members there.
        batches: Member and number of tiles of each call.
        side: Of the tiles in pixels.
    """
    device, most = engine.device, max(count for _, count in batches)
    with device.current():
        stream = device.create_stream()
        images = device.allocate(most * side * side * 3, stream)
        answers = device.allocate(most * side * side * 4, stream)
        device.clear(images.pointer, images.size, stream)
        stream.synchronize()

    def call() -> None:
        with device.current():
            for member, count in batches:
                shape = (count, side, side)
                engine.infer(member, images.pointer, answers.pointer, shape, stream.handle)
            stream.synchronize()

    return call


def used_mib() -> float:
    """Return how much memory of the GPU is in use, by whomever."""
    code, free, total = _driver().cuMemGetInfo()
    if int(code):
        raise RuntimeError(f"cuMemGetInfo answered {code!r}")
    return float(total - free) / 2**20


def _driver() -> Any:
    """Return the driver's functions, with the first GPU current in this thread."""
    importlib.import_module("cuda.core").Device(0).set_current()
    return importlib.import_module("cuda.bindings.driver")
