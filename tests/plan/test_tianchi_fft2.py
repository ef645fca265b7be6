"""The recipe `tianchi-fft2` against goldens of the original system, through the whole detector."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forensics_rt import Bundle, Detector
from forensics_rt.errors import RecipeError
from forensics_rt.plan.tianchi_fft2 import TEST_TIME_AUGMENTATION, plan_original_tiles
from forensics_rt.recipe import PRESETS
from tests.bundles import stand_in_graph, write_bundle

GOLDENS = json.loads(
    (Path(__file__).parents[1] / "data" / "tianchi_fft2" / "pipeline_golden.json").read_text()
)
SIZES = (384, 512, 768, 1024)
RECIPE = PRESETS["tianchi-fft2"]


def golden_image(height, width):
    y, x, channel = np.ogrid[:height, :width, :3]
    return ((7 * y + 13 * x + 29 * channel + (x * y) // 17) % 256).astype(np.uint8)


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


@pytest.fixture(scope="module")
def folds(tmp_path_factory) -> list[Bundle]:
    """One bundle a fold, as the original ran them one by one."""
    folder = tmp_path_factory.mktemp("folds")
    return [
        write_bundle(folder / str(fold), [stand_in_graph(fold)], SIZES) for fold in (1, 2, 3, 4)
    ]


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory) -> Bundle:
    folder = tmp_path_factory.mktemp("ensemble")
    return write_bundle(folder, [stand_in_graph(fold) for fold in (1, 2, 3, 4)], SIZES)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda g: f"{g['width']}x{g['height']}")
@pytest.mark.parametrize("backend", ["numpy", "onnxruntime"])
def test_every_merged_map_and_mask_is_equal_to_the_bit(golden, backend, folds, ensemble):
    image = golden_image(golden["height"], golden["width"])
    assert sha256(image) == golden["image_sha256"]

    for key, expected in golden["merged_uint8_sha256"].items():
        fold, augmentation = int(key[4]), int(key[-1])
        recipe = replace(RECIPE, tta=(TEST_TIME_AUGMENTATION[augmentation],))
        with Detector(folds[fold - 1], backend, recipe) as detector:
            detection = detector(image)
        merged = np.rint(detection.probability * 255).astype(np.uint8)
        assert sha256(merged) == expected, key
        assert detection.provenance.tile_size == golden["tile"]
        assert detection.provenance.tiles == golden["tiles"]

    with Detector(ensemble, backend, "tianchi-fft2") as detector:
        mask = detector(image).mask
    assert sha256(mask.astype(np.uint8) * 255) == golden["ensemble_mask_sha256"]
    assert mask.mean() == pytest.approx(golden["mask_fraction"])


def test_an_augmentation_named_twice_counts_twice(folds):
    image = golden_image(384, 384)
    once, both = (
        Detector(folds[0], "numpy", replace(RECIPE, tta=tta))(image).probability
        for tta in (("identity", "rotate90"), ("identity", "rotate90", "rotate90"))
    )
    single = Detector(folds[0], "numpy", replace(RECIPE, tta=("rotate90",)))(image)

    assert np.allclose(3 * both, 2 * once + single.probability, atol=1e-6)


def test_a_tile_that_ends_at_the_edge_is_computed_twice_as_the_original_did():
    assert len(plan_original_tiles(384, 384, SIZES).tiles) == 4


def test_an_image_smaller_than_the_smallest_tile_is_refused_with_the_way_out():
    with pytest.raises(RecipeError, match="at least 384 pixels, got 500×300; the other recipes"):
        plan_original_tiles(300, 500, SIZES)
