"""Does the time outside the engine stay what it is? A backend that answers at once leaves only it.

Wall-clock limits fail on slow machines and pass on fast ones. Here the same process runs, in turns,
plain numpy and OpenCV calls that move the same pixels, and what counts is the ratio of the CPU
times of both: a slow or busy machine slows both. Each limit lies half-way between the ratio when it
was set and that of the same work done twice, so that a doubling is found and noise is not. When the
code becomes much faster, lower it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from forensics_rt import Detector
from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.bench.pages import made_up_pages
from forensics_rt.inference.job import Job
from forensics_rt.io.image_files import write_image
from forensics_rt.plan.blend import BlendMerger
from forensics_rt.plan.by_recipe import plan_for
from forensics_rt.plan.gather import gather
from forensics_rt.plan.window import window
from forensics_rt.recipe import D4, Recipe
from forensics_rt.results.detection import Detection
from tests.benchmarks.interleaved import interleaved_ratio
from tests.bundles import constant_graph, write_bundle

# Four tiles under all eight symmetries: much to gather and merge for what is done once an image.
SIDE, TILE = 704, 384
RECIPE = Recipe("eight", tta=D4)
ROUNDS = 31
# Of gathering, merging and scoring: 1.42 to 1.52 when set, 2.5 with the first two done twice. Of
# the whole detector from a JPEG file: 1.39 to 1.48, and 2.8 to 3.1 twice. Of writing a result,
# against its pictures encoded as OpenCV does unasked: 1.78 to 1.92, and 2.92 to 3.02 twice.
WAY_LIMIT, WHOLE_LIMIT, SAVING_LIMIT = 1.95, 2.15, 2.4


class AtOnce(Backend):
    """Gives the same answer to every batch, made beforehand and not looked at again."""

    def __init__(self):
        self.capabilities = Capabilities("at once", "cpu", "fp32", 1, {})
        self._answer = np.random.default_rng(1).random((1, TILE, TILE), np.float32)

    def close(self):
        pass

    def infer(self, member, images):
        return self._answer

    def _infer(self, member, images):
        return self._answer


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    bundle = write_bundle(tmp_path_factory.mktemp("at-once"), [constant_graph(0.5)], (TILE,))
    with Detector(bundle, AtOnce(), RECIPE) as opened:
        yield opened


@pytest.fixture(scope="module")
def page():
    (made_up,) = made_up_pages(1, SIDE)
    return made_up.data


@pytest.fixture(scope="module")
def pixels(page):
    return cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_COLOR_RGB)


def plain_way(pixels: np.ndarray, detector: Detector) -> Callable[[], object]:
    """Return what must be moved: copy tiles, weight answers and their squares, add, divide."""
    plan = plan_for(detector.recipe, SIDE, SIDE, (TILE,))
    answer = np.random.default_rng(1).random((TILE, TILE), np.float32)
    weights = window("pyramid", TILE)
    covered = np.full((SIDE, SIDE), 12.0, np.float32)

    def call() -> object:
        total, squares = np.zeros((2, SIDE, SIDE), np.float32)
        for tile in plan.tiles * len(D4):
            rows, columns = (slice(at, min(at + TILE, SIDE)) for at in (tile.top, tile.left))
            batch = np.zeros((1, TILE, TILE, 3), np.uint8)
            cut = pixels[rows, columns]
            batch[0, : cut.shape[0], : cut.shape[1]] = cut
            weighted = (answer * weights)[: cut.shape[0], : cut.shape[1]]
            total[rows, columns] += weighted
            squares[rows, columns] += weighted * weighted
        mean = np.clip(total / covered, 0.0, 1.0)
        return mean, np.sqrt(np.maximum(squares / covered - mean * mean, 0.0))

    return call


def own_way(pixels: np.ndarray, detector: Detector) -> Callable[[], object]:
    """Return the host way over the same pixels."""
    plan = plan_for(detector.recipe, SIDE, SIDE, (TILE,))
    return lambda: detector.inferer.run(Job(pixels, plan))


def twice(function: Callable[..., object]) -> Callable[..., object]:
    """Return a function that does its work twice."""

    def call(*arguments: object) -> object:
        function(*arguments)
        return function(*arguments)

    return call


@pytest.fixture
def ratio_of_way(pixels, detector):
    ours, theirs = own_way(pixels, detector), plain_way(pixels, detector)
    return lambda: interleaved_ratio(ours, theirs, ROUNDS).median


@pytest.fixture
def ratio_of_whole(page, pixels, detector):
    plain = plain_way(pixels, detector)

    def theirs() -> object:
        cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_COLOR_RGB)
        return plain()

    return lambda ours=detector: interleaved_ratio(lambda: ours(page), theirs, ROUNDS).median


def test_gathering_and_merging_cost_what_they_did(ratio_of_way):
    assert ratio_of_way() < WAY_LIMIT


def test_gathering_and_merging_twice_is_found(ratio_of_way, monkeypatch):
    monkeypatch.setattr("forensics_rt.plan.gather.gather", twice(gather))
    for step in ("add", "_divide"):
        monkeypatch.setattr(BlendMerger, step, twice(getattr(BlendMerger, step)))

    assert ratio_of_way() > WAY_LIMIT


def test_all_that_is_outside_the_engine_costs_what_it_did(ratio_of_whole):
    assert ratio_of_whole() < WHOLE_LIMIT


@pytest.fixture
def ratio_of_saving(detector, page, tmp_path):
    smooth = cv2.GaussianBlur(np.random.default_rng(2).random((SIDE, SIDE), np.float32), (0, 0), 12)
    found = replace(detector(page), probability=np.clip((smooth - 0.5) * 20 + 0.5, 0.0, 1.0))
    assert found.regions and found.uncertainty is not None

    def theirs() -> object:
        for name, pixels in (
            ("map.png", np.rint(found.probability * 65535).astype(np.uint16)),
            ("spread.png", np.rint(found.uncertainty * 65535).astype(np.uint16)),
            ("mask.png", (found.probability >= 0.5).view(np.uint8) * np.uint8(255)),
            ("picture.jpg", found.image),
        ):
            file = cv2.imencode(Path(name).suffix, pixels)[1]
            (tmp_path / name).write_bytes(file.tobytes())

    def ours() -> object:
        return replace(found).save(tmp_path, "ours")  # a copy, which has neither mask nor regions

    return lambda: interleaved_ratio(ours, theirs, ROUNDS // 3).median


def test_writing_a_result_costs_what_it_did(ratio_of_saving):
    assert ratio_of_saving() < SAVING_LIMIT


def test_writing_it_twice_is_found(ratio_of_saving, monkeypatch):
    monkeypatch.setattr("forensics_rt.results.saving.write_image", twice(write_image))
    monkeypatch.setattr(Detection, "overlay", twice(Detection.overlay))

    assert ratio_of_saving() > SAVING_LIMIT


def test_all_of_it_twice_is_found(ratio_of_whole, detector):
    assert ratio_of_whole(twice(detector)) > WHOLE_LIMIT
