"""Every way gives the map that its own tiles say, and the same whether in this process or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.peers.ways.ours import Ours, OursBalanced, OursEqualTiles, OursOriginalTiles
from benchmarks.peers.ways.registry import WAYS
from benchmarks.peers.ways.way import Networks, Way, WaySetting, flush_plan, read_rgb
from export.graph.tracing import PixelsToProbability
from forensics_rt import Detector
from forensics_rt.errors import ImageNotFound
from forensics_rt.plan.gather import reflect
from forensics_rt.plan.tiling import Plan, plan_tiles
from forensics_rt.plan.window import window
from train.checkpoint.load import load_checkpoint

LIBRARIES = ("monai", "tiler", "sahi", "onnxruntime")


def opened(name: str, networks: Networks, setting: WaySetting) -> Way:
    """Open a way, or skip with the reason why it cannot be run here."""
    if reason := WAYS[name].why_not():
        pytest.skip(reason)
    way = WAYS[name]()
    way.open(networks, setting)
    return way


def plain_map(networks: Networks, image: np.ndarray, plan: Plan, weights: np.ndarray) -> np.ndarray:
    """Compute a plan the simplest way: tile by tile in PyTorch, weighted mean in float64."""
    members = [PixelsToProbability(load_checkpoint(path).network) for path in networks.checkpoints]
    total, weight = (np.zeros((plan.height + 200, plan.width + 200)) for _ in range(2))
    for tile in plan.tiles:
        rows = reflect(tile.top, tile.height, plan.height)
        columns = reflect(tile.left, tile.width, plan.width)
        crop = torch.from_numpy(image[rows[:, None], columns[None, :]])[None]
        with torch.inference_mode():
            answer = np.mean([member(crop)[0].numpy() for member in members], axis=0)
        inside = np.s_[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
        total[inside] += answer * weights
        weight[inside] += weights
    shown = np.s_[: plan.height, : plan.width]
    return total[shown] / weight[shown]


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_gives_the_weighted_mean_of_its_tiles(
    name: str, networks: Networks, setting: WaySetting, png: Path
) -> None:
    way = opened(name, networks, setting)
    image = read_rgb(png)
    plan = way.plan(*image.shape[:2])
    shape = window(way.merging().window, setting.tile)

    found = way(png)

    assert found.dtype == np.float32 and found.shape == image.shape[:2]
    np.testing.assert_allclose(found, plain_map(networks, image, plan, shape), rtol=0, atol=1e-4)
    assert np.ptp(found) > 0.3, "a flat map would agree with anything"


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize(("height", "width"), [(130, 178), (64, 64), (160, 257), (112, 65)])
def test_equal_tile_size_and_overlap_are_equal_work(
    name: str, networks: Networks, setting: WaySetting, height: int, width: int
) -> None:
    plan = opened(name, networks, setting).plan(height, width)
    ours = plan_tiles(height, width, (setting.tile,), setting.overlap)

    assert (len(plan.tiles), plan.tile_size) == (len(ours.tiles), ours.tile_size)
    covered = np.zeros((height, width), bool)
    for tile in plan.tiles:
        covered[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = True
    assert covered.all()


def test_the_original_is_our_recipe_up_to_a_gray_level(
    networks: Networks, setting: WaySetting, png: Path
) -> None:
    original = opened("original", networks, setting)
    ours = opened("ours-tianchi-fft2", networks, setting)
    assert original.plan(130, 178) == ours.plan(130, 178)
    # In float32: the way itself computes in bf16 where the processor can.
    with Detector(networks.bundle, "onnxruntime", ours.merging()) as detector:
        found, expected = original(png), detector(png).probability
    ours.close()

    # Where engines differ in the last digits, one member's answer may round the other way.
    assert np.abs(found - expected).max() <= 1.001 / 255
    levels = found * 255 * len(networks.checkpoints)
    np.testing.assert_allclose(levels, levels.round(), atol=1e-3)


def test_the_original_loads_each_fold_once_for_each_tile_size(
    networks: Networks, setting: WaySetting, png: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []

    def counted(path: Path) -> object:
        loaded.append(path)
        return load_checkpoint(path)

    monkeypatch.setattr("train.checkpoint.load.load_checkpoint", counted)
    way = opened("original", networks, setting)
    assert way.pass_seconds == 0
    way(png)
    after_one_size = way.pass_seconds
    way(png)
    assert loaded == list(networks.checkpoints)
    assert way.pass_seconds == after_one_size > 0

    small = png.parent / "small.png"
    small.write_bytes(png.read_bytes())
    monkeypatch.setattr("benchmarks.peers.ways.original.read_rgb", lambda path: read_rgb(path)[:90])
    way(small)
    assert loaded == [*networks.checkpoints, *networks.checkpoints]
    assert way.pass_seconds > after_one_size


@pytest.mark.parametrize("way_type", [OursOriginalTiles, OursEqualTiles, OursBalanced])
def test_ours_is_the_detector(
    way_type: type[Ours], networks: Networks, setting: WaySetting, png: Path
) -> None:
    way = way_type()
    way.open(networks, setting)
    with Detector(networks.bundle, recipe=way.merging()) as detector:
        detection = detector(png)
    assert np.array_equal(way(png), detection.probability)
    assert len(way.plan(130, 178).tiles) == detection.provenance.tiles
    assert set(way.versions()) > {"forensics_rt"}
    way.close()


@pytest.mark.parametrize("name", ["original", *LIBRARIES])
def test_our_engine_agrees_on_the_tiles_of_others(
    name: str, networks: Networks, setting: WaySetting, png: Path
) -> None:
    way = opened(name, networks, setting)
    ours = OursBalanced()
    ours.open(networks, setting)
    reference = ours.on_plan(png, way.plan(130, 178), way.merging())
    ours.close()
    assert np.abs(way(png) - reference).max() < 0.01


def test_all_ways_say_what_versions_they_are(networks: Networks, setting: WaySetting) -> None:
    for name in LIBRARIES:
        if WAYS[name].why_not() is None:
            versions = opened(name, networks, setting).versions()
            assert set(versions) == set(WAYS[name].packages) and all(versions.values())


def test_a_way_without_its_package_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WAYS["tiler"], "packages", ("no-such-package",))
    assert WAYS["tiler"].why_not() == (
        "no-such-package is not installed; pip install --no-deps no-such-package"
    )


def test_what_cannot_be_cut_or_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="both sides must be 64 or more, but are 100×63"):
        flush_plan(63, 100, 64, 48)
    with pytest.raises(ImageNotFound, match="no image that OpenCV can read"):
        read_rgb(tmp_path / "none.png")
