"""Where does the processor's time of a page of one tile go, and what would batches win on a CPU?

`python -m benchmarks.batching --bundle fast` prints processor milliseconds of one thread: of a page
by part, and of a tile in OpenVINO by how many tiles are in a batch. What other programs do on the
machine counts for little, because it is the time of this process alone.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from forensics_rt import Bundle, Detector
from forensics_rt.backends.number_formats import FLOAT32, INT8
from forensics_rt.backends.openvino import load_openvino
from forensics_rt.backends.openvino_graphs import within
from forensics_rt.bench.noise import paired_ratio, turns
from forensics_rt.io.decode import decode
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.triton.answers import outputs_of
from forensics_rt.triton.names import PROBABILITY_PNG, RESULT
from forensics_rt.triton.options import RequestOptions

_SAMPLES = sorted((Path(__file__).parents[1] / "docs" / "samples").glob("*.jpg"))
_TILE = (640, 512)
_BATCHES = (1, 2, 4, 8)
Task = Callable[[], object]


def main() -> None:
    """Measure, and print a line a part and a line a batch size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", default="fast")
    parser.add_argument("--rounds", type=int, default=10)
    values = parser.parse_args()
    cv2.setNumThreads(1)
    read = (cv2.imread(str(path)) for path in _SAMPLES)
    pages = [page[: _TILE[0], : _TILE[1]] for page in read if page is not None]
    page = next(one for one in pages if one.shape[:2] == _TILE)
    with Detector(values.bundle, threads=1) as detector:
        parts = in_turns(parts_of_a_page(detector, page), values.rounds)
        number_format = detector.capabilities.precision
    whole = statistics.median(parts["whole page"])
    for name, seconds in parts.items():
        spent = statistics.median(seconds)
        print(f"{name}: {1000 * spent:.1f} ms, {spent / whole:.0%} of a page")
    batches = in_turns(batched(values.bundle, number_format, page), values.rounds)
    for size, (name, seconds) in zip(_BATCHES, batches.items(), strict=True):
        each = [one / size for one in seconds]
        ratio = paired_ratio(each, batches["batch of 1"])
        print(
            f"{name}, {number_format}: {1000 * statistics.median(each):.1f} ms a tile, "
            f"{ratio.median:.2f} ({ratio.low:.2f}-{ratio.high:.2f}) of a tile alone"
        )


def parts_of_a_page(detector: Detector, page: np.ndarray) -> dict[str, Task]:
    """Return what a request of a page of one tile is made of.

    Args:
        detector: With one thread.
        page: H×W×3 uint8, one tile.
    """
    file = cv2.imencode(".png", page)[1].tobytes()
    tile, options = page[None, ..., ::-1].copy(), RequestOptions()
    detection = detector(file)

    def request() -> None:
        outputs_of(detector(file), (RESULT, PROBABILITY_PNG), options)

    members = range(len(detector.bundle.manifest.members))
    return {
        "whole page": request,
        "decoding": lambda: decode(MemoryFile(file, "page.png"), None),
        "networks": lambda: [detector.backend.infer_alone(member, tile) for member in members],
        "answer: JSON": lambda: outputs_of(detection, (RESULT,), options),
        "answer: PNG of the map": lambda: outputs_of(detection, (PROBABILITY_PNG,), options),
    }


def batched(bundle: str, number_format: str, page: np.ndarray) -> dict[str, Task]:
    """Return the first network on batches, each compiled for its size, on one thread."""
    opened = Bundle.open(bundle)
    graph = opened.graph(opened.manifest.members[0], number_format == INT8)
    core = load_openvino().Core()
    found: dict[str, Task] = {}
    hint = FLOAT32 if number_format == INT8 else number_format
    for size in _BATCHES:
        model = core.read_model(graph)
        model.reshape([size, *_TILE, 3])
        settings = within(1) | {"INFERENCE_PRECISION_HINT": hint}
        request = core.compile_model(model, "CPU", settings).create_infer_request()
        tiles = np.stack([np.roll(page[..., ::-1], 8 * number, 0) for number in range(size)])
        found[f"batch of {size}"] = partial(request.infer, [tiles], share_inputs=True)
    return found


def in_turns(tasks: Mapping[str, Task], rounds: int) -> dict[str, list[float]]:
    """Return processor seconds of each task by round; each runs once before."""
    names = list(tasks)
    for task in tasks.values():
        task()
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _, number in turns(len(names), rounds):
        start = time.process_time()
        tasks[names[number]]()
        seconds[names[number]].append(time.process_time() - start)
    return seconds


if __name__ == "__main__":
    main()
