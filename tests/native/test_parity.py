"""The same pixels give the same answer in C and in Python."""

import dataclasses
import json
import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from forensics_rt import Bundle, Detector
from forensics_rt.recipe import PRESETS, Recipe
from tests.bundles import brightness_graph, constant_graph, stand_in_graph, write_bundle
from tests.calibration.records import record_for
from tests.counts import FULL, count
from tests.native.build import ROOT

FLOAT32 = {"precision": "float32"}
# How far a map may lie from Python's: the order of every sum is the same, and so are the bits.
CLOSE = 0.0


def assert_same(detection, found):
    assert np.abs(detection.probability - found.probability).max() <= CLOSE
    if detection.uncertainty is None:
        assert found.uncertainty is None
    else:
        assert np.abs(detection.uncertainty - found.uncertainty).max() <= CLOSE
    assert np.array_equal(detection.mask, found.mask)
    assert found.regions == tuple(
        (one.polygon, one.box, one.area, one.mean_probability) for one in detection.regions
    )
    numbers = found.numbers
    assert numbers["raw_score"] == detection.raw_score
    assert numbers["score"] == pytest.approx(detection.score, rel=1e-12)
    assert numbers["verdict"] == detection.verdict
    assert numbers["threshold"] == detection.threshold
    assert numbers["high_threshold"] == (detection.high_threshold or 0.0)
    assert numbers["high_area"] == detection.high_area
    assert numbers["tile_count"] == detection.provenance.tiles
    assert numbers["constant_tiles"] == detection.provenance.constant_tiles
    assert numbers["repeated_tiles"] == detection.provenance.repeated_tiles
    assert numbers["settled_tiles"] == detection.provenance.settled_tiles


@pytest.fixture(scope="module")
def page():
    return np.asarray(Image.open(ROOT / "docs" / "samples" / "invoice.jpg").convert("RGB"))


def random_images(images, seed, most=300):
    """Images of odd sizes: noise, with flat parts, so that some tiles are of one color."""
    random = np.random.default_rng(seed)
    for _ in range(images):
        height, width = random.integers(1, most, 2)
        image = random.integers(0, 256, (height, width, 3), np.uint8)
        image[: random.integers(0, height + 1)] = random.integers(0, 256, 3, np.uint8)
        yield image


@pytest.fixture(scope="module")
def folds(tmp_path_factory):
    """Three members of different weights, whose answers depend on the place in the tile."""
    graphs = [stand_in_graph(fold) for fold in range(3)]
    folder = tmp_path_factory.mktemp("folds")
    return write_bundle(folder, graphs, tiles=(64, 96), weights=(1.0, 0.25, 2.5))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("fast", overlap=16, members=1),
        Recipe("balanced"),
        Recipe("weighed", overlap=16, members=2, weights=(0.5, 3.0)),
        Recipe("max", overlap=40, tta=PRESETS["max"].tta),
        Recipe("gauss", overlap=8, window="gaussian", tta=("rotate90", "transverse")),
        Recipe("flat", overlap=0, window="flat", tile_sizes=(96,), threshold=0.9),
        Recipe("original", overlap=0, window="flat", merge="tianchi-fft2",
               tta=("identity", "rotate90", "rotate90"), threshold=0.5),
    ],
    ids=lambda recipe: recipe.name,
)  # fmt: skip
def test_recipes_give_the_bits_of_python(native, folds, tmp_path, recipe):
    manifest = folds.manifest.model_copy(update={"recipes": {recipe.name: recipe}})
    for record in manifest.files():
        (tmp_path / record.path).write_bytes(folds.file(record).read_bytes())
    (tmp_path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    bundle = Bundle.open(tmp_path)

    with (
        Detector(bundle, "openvino", recipe.name) as detector,
        native.open(bundle.path, recipe=recipe.name, **FLOAT32) as twin,
    ):
        for image in random_images(25, seed=3):
            if recipe.merge == "blend" or min(image.shape[:2]) >= 64:
                assert_same(detector(image), twin.detect(image))


@pytest.mark.parametrize("tta", [("identity",), PRESETS["max"].tta], ids=["once", "turned"])
def test_tiles_that_fit_the_page_give_the_bits_of_python(native, folds, tmp_path, tta):
    recipe = Recipe("fitting", overlap=16, tta=tta)
    members = [one.model_copy(update={"pools_over_tile": False}) for one in folds.manifest.members]
    manifest = folds.manifest.with_networks(members).model_copy(
        update={"recipes": {"fitting": recipe}, "tile_sizes": (96, 256)}
    )
    for record in manifest.files():
        (tmp_path / record.path).write_bytes(folds.file(record).read_bytes())
    (tmp_path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")

    with (
        Detector(tmp_path, "openvino", "fitting") as detector,
        native.open(tmp_path, recipe="fitting", **FLOAT32) as twin,
    ):
        assert tuple(twin.describe()["tile_sizes"]) == manifest.tile_sides
        shapes = set()
        for image in random_images(12, seed=11, most=500):
            detection = detector(image)
            shapes.update(detection.provenance.tile_shapes)
            assert_same(detection, twin.detect(image))
    assert any(height != width for height, width in shapes)


def test_random_images_give_the_bits_of_python(native, folds):
    with (
        Detector(folds, "openvino") as detector,
        native.open(folds.path, **FLOAT32) as twin,
    ):
        for image in random_images(count(50, 200), seed=4):
            assert_same(detector(image), twin.detect(image))


def test_tiles_that_come_again_are_answered_alike(native, folds):
    page = np.tile(np.random.default_rng(6).integers(0, 256, (8, 8, 3), np.uint8), (50, 40, 1))
    page[:130] = 255

    with (
        Detector(folds, "openvino") as detector,
        native.open(folds.path, **FLOAT32) as twin,
    ):
        for shown in (page, page[7:, 3:], page):
            assert_same(detector(shown), twin.detect(shown))
        counts = detector(page).provenance
    assert counts.constant_tiles > 1 and counts.repeated_tiles > 1


@pytest.mark.parametrize("recipe", ["fast", "balanced", "max", "tianchi-fft2"])
def test_real_networks_give_the_bits_of_python(native, recipe, page):
    with (
        Detector("fast", "openvino", recipe) as detector,
        native.open(detector.bundle.path, recipe=recipe, **FLOAT32) as twin,
    ):
        images = (page[500:901, 400:937], page[:390, 100:800])
        for image in images if FULL or recipe == "balanced" else images[:1]:
            assert_same(detector(image), twin.detect(np.ascontiguousarray(image)))


@pytest.mark.parametrize("name", ["default", "fast"])
def test_goldens_are_answered_as_pytorch_answered_them(native, name):
    bundle = Bundle.open(name)
    record = min(bundle.manifest.members[0].goldens, key=lambda golden: golden.tile)
    tile, expected = bundle.golden(record)

    with native.open(bundle.path, **FLOAT32) as twin:
        assert np.abs(twin.detect(tile).probability - expected).max() <= 1e-3


@pytest.mark.parametrize("kind", ["RGB", "BGR", "RGBA", "BGRA", "GRAY"])
def test_pixels_are_taken_in_every_order_and_stride(native, bundle, kind):
    random = np.random.default_rng(1)
    channels = 1 if kind == "GRAY" else len(kind)
    wide = random.integers(0, 256, (90, 130, channels), np.uint8)
    image = wide[7:80, 11:]  # rows are not adjacent
    order = [0, 0, 0] if kind == "GRAY" else [kind.index(color) for color in "RGB"]
    upright, flipped = image[..., order], image[::-1]

    with native.open(bundle.path, **FLOAT32) as twin, Detector(bundle, "openvino") as detector:
        assert_same(detector(upright), twin.detect(image, kind))
        assert_same(detector(upright[::-1]), twin.detect(flipped, kind))


@pytest.mark.parametrize("calm", [0.1, 0.9])
def test_a_cascade_settles_the_tiles_that_python_settles(native, tmp_path, calm):
    members = write_bundle(
        tmp_path, [stand_in_graph(0), brightness_graph(), constant_graph(calm)], weights=(2, 1, 1)
    )
    manifest = members.manifest
    recipe = Recipe("quick", overlap=8, tta=("identity", "rotate90"), exit_threshold=0.5)
    *voting, cascade = manifest.members
    changed = manifest.model_copy(
        update={"members": tuple(voting), "cascade": cascade, "recipes": {"quick": recipe}}
    )
    (tmp_path / "manifest.json").write_text(changed.to_json(), encoding="utf-8")

    with (
        Detector(Bundle.open(tmp_path), "openvino", "quick") as detector,
        native.open(tmp_path, recipe="quick", **FLOAT32) as twin,
    ):
        for image in random_images(5, seed=8):
            assert_same(detector(image), twin.detect(image))


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"threshold": 0.3},
        {"threshold": 0.3, "high_threshold": 0.8},
        {"high_threshold": 0.6},
        {"threshold": 0.3, "high_threshold": 0.8, "high_area": 30},
        {"operating_point": "fpr-1%"},
        {"prevalence": 0.01},
        {"prevalence": 0.9},
    ],
    ids=str,
)
def test_verdicts_follow_the_calibration_as_in_python(native, asked, page):
    with (
        Detector("fast", "openvino", **asked) as detector,
        native.open(detector.bundle.path, **asked, **FLOAT32) as twin,
    ):
        for image in (page[500:800, 500:800], page[:200, :200], np.zeros((9, 9, 3), np.uint8)):
            assert_same(detector(image), twin.detect(np.ascontiguousarray(image)))


def test_a_platt_calibration_is_read_too(native, tmp_path):
    folder = tmp_path / "platt"
    shutil.copytree(Bundle.open("fast").path, folder)
    file = folder / "manifest.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    said["calibration"]["image"]["calibrator"] = {
        "kind": "platt", "slope": 1.7, "intercept": -0.4
    }  # fmt: skip
    file.write_text(json.dumps(said), encoding="utf-8")

    with (
        Detector(folder, "openvino") as detector,
        native.open(folder, **FLOAT32) as twin,
    ):
        for level in (0, 99, 255):
            image = np.full((20, 20, 3), level, np.uint8)
            assert_same(detector(image), twin.detect(image))


def test_the_decision_and_its_mask_are_those_of_python(native, bundle):
    random = np.random.default_rng(5)
    numbers = {"threshold": (0.2, 0.4), "high_threshold": (0.1, 0.6, 0.8), "high_area": (1, 2, 70)}

    def some():
        return {
            name: random.choice(known).item()
            for name, known in numbers.items()
            if random.random() < 0.5
        }

    image = cv2.blur(random.integers(0, 256, (60, 80), np.uint8), (5, 5))[..., None].repeat(3, 2)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX)
    found = set()
    for _ in range(count(40, 300)):
        pixel = record_for(bundle).pixel.model_copy(
            update={"high_threshold": None, "threshold": 0.3} | some()
        )
        recipe, asked = Recipe("mine", **some()), some()
        manifest = bundle.manifest.model_copy(
            update={
                "recipes": {"mine": recipe},
                "calibration": record_for(bundle).model_copy(update={"pixel": pixel}),
            }
        )
        if random.random() < 0.3:
            manifest = manifest.model_copy(update={"calibration": None})
        (bundle.path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")

        with (
            Detector(bundle.path, "openvino", "mine", **asked) as detector,
            native.open(bundle.path, recipe="mine", **asked, **FLOAT32) as twin,
        ):
            assert_same(detector(image), twin.detect(image))
            decision, said = detector.conclusions.decision, twin.describe()
        assert said["threshold"] == decision.threshold
        assert said["high_threshold"] == (decision.high_threshold or 0.0)
        assert said["high_area"] == decision.high_area
        found.add(decision)
    assert len(found) > count(15, 30), found


MEDIA = {
    "scan": {"slope": 1.7, "intercept": -0.4},
    "screen": {"slope": 1.0, "intercept": 3.0},
    "unknown": {"slope": 0.5, "intercept": 0.0},
}


def by_medium(folder):
    """A copy of the fast bundle whose scores are calibrated for three media."""
    shutil.copytree(Bundle.open("fast").path, folder)
    file = folder / "manifest.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    image = said["calibration"]["image"]
    said["calibration"]["media"] = {
        name: {
            "forged": 30,
            "authentic": 70,
            "image": image | {"calibrator": {"kind": "platt", **line}},
        }
        for name, line in MEDIA.items()
    }
    file.write_text(json.dumps(said), encoding="utf-8")
    return folder


def media(rng):
    """Pictures of all kinds: of even light, a phone's shape, black and white, uneven, tiny."""
    drawn = np.full((600, 300, 3), (250, 240, 235), np.uint8)
    for line in range(20, 580, 40):
        drawn[line : line + 16, 20:260:3] = (20, 90, 200)
        drawn[line : line + 8, 30:200:7] = 0
    light = np.linspace(60, 220, 400)[None, :, None] * np.linspace(0.5, 1, 500)[:, None, None]
    grain = rng.normal(0, 6, (500, 400, 3))
    yield drawn
    yield np.ascontiguousarray(drawn[:, :, ::-1][:290])
    yield (light + grain).clip(0, 255).astype(np.uint8)
    yield (rng.normal(200, 4, (700, 530, 1)).repeat(3, 2)).clip(0, 255).astype(np.uint8)
    yield np.where(rng.random((400, 300, 1)) < 0.1, 0, 255).astype(np.uint8).repeat(3, 2)
    yield np.full((64, 64, 3), 200, np.uint8)


@pytest.mark.parametrize(
    "asked", [{}, {"operating_point": "fpr-1%"}, {"prevalence": 0.05}], ids=str
)
def test_the_medium_decides_as_in_python(native, asked, tmp_path, page):
    folder = by_medium(tmp_path / "media")
    pictures = [*media(np.random.default_rng(0)), np.ascontiguousarray(page[:1100])]

    with (
        Detector(folder, "openvino", **asked) as detector,
        native.open(folder, **asked, **FLOAT32) as twin,
    ):
        found = [detector(picture) for picture in pictures]
        for picture, detection in zip(pictures, found, strict=True):
            assert_same(detection, twin.detect(picture))

    names = {None if one.medium is None else one.medium.name for one in found}
    assert len(names) >= 4, names


def test_every_field_of_a_recipe_is_read():
    # A new field must be read, or refused, in native/src/bundle/parse.cpp.
    assert {field.name for field in dataclasses.fields(Recipe)} == {
        "name", "tile_sizes", "overlap", "window", "tta", "members", "merge", "exit_threshold",
        "threshold", "high_threshold", "weights", "high_area",
    }  # fmt: skip
