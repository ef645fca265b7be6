"""A screen network looks first: what it finds clear it settles, the members see the rest."""

from dataclasses import replace

import numpy as np
import pytest

from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.bundle.manifest import Manifest, MemberRecord
from forensics_rt.errors import RecipeError
from forensics_rt.recipe import D4
from tests.bundles import brightness_graph, constant_graph, write_bundle

SIDE = 64


@pytest.fixture
def bundle(tmp_path):
    """Two members that always say 0.8 and 0.6, and a screen that says how bright a pixel is."""
    graphs = [constant_graph(0.8), constant_graph(0.6), brightness_graph()]
    whole = write_bundle(tmp_path / "bundle", graphs, tiles=(SIDE,), weights=(3.0, 1.0, 1.0))
    *members, screen = whole.manifest.members
    changes = {"members": tuple(members), "screen": renamed(screen)}
    manifest = whole.manifest.model_copy(update=changes)
    (whole.path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return Bundle.open(whole.path)


def renamed(record: MemberRecord) -> MemberRecord:
    return record.model_copy(update={"name": "screen"})


def cascade(**changes) -> Recipe:
    return replace(Recipe("cascade", overlap=0, window="flat", exit_threshold=0.1), **changes)


def page(height=SIDE, width=4 * SIDE):
    """Black but for one white tile, the second."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, SIDE : 2 * SIDE] = 255
    return image


@pytest.mark.parametrize("tta", [("identity",), D4])
def test_clear_tiles_keep_the_answer_of_the_screen(bundle, tta):
    with Detector(bundle, "onnxruntime", cascade(tta=tta)) as detector:
        found = detector(page())
    assert found.provenance.settled_tiles == 3
    assert np.allclose(found.probability[:, SIDE : 2 * SIDE], 0.75, atol=1e-6)
    found.probability[:, SIDE : 2 * SIDE] = 0
    assert not found.probability.any()


def test_the_members_see_only_what_is_not_clear(bundle, monkeypatch):
    with Detector(bundle, "onnxruntime", cascade()) as detector:
        seen = []
        infer = detector.backend.infer
        monkeypatch.setattr(
            detector.backend,
            "infer",
            lambda member, images: seen.append((member, len(images))) or infer(member, images),
        )
        detector(page())
    tiles = {member: sum(n for m, n in seen if m == member) for member, _ in seen}
    assert tiles == {2: 4, 0: 1, 1: 1}


def test_where_nothing_is_clear_the_map_is_that_without_a_screen(bundle):
    image = np.random.default_rng(1).integers(200, 256, (150, 170, 3)).astype(np.uint8)
    recipe = cascade(overlap=16, window="pyramid", tta=D4)
    with (
        Detector(bundle, "onnxruntime", recipe) as screened,
        Detector(bundle, "onnxruntime", replace(recipe, exit_threshold=None)) as whole,
    ):
        expected = whole(image)
        found = screened(image)
    assert np.array_equal(found.probability, expected.probability)
    assert np.array_equal(found.uncertainty, expected.uncertainty)
    assert (found.provenance.settled_tiles, expected.provenance.settled_tiles) == (0, 0)


def test_where_everything_is_clear_the_map_is_that_of_the_screen(bundle):
    image = np.random.default_rng(2).integers(0, 20, (150, 170, 3)).astype(np.uint8)
    recipe = cascade(overlap=16, window="pyramid", tta=D4)
    with Detector(bundle, "onnxruntime", recipe) as detector:
        found = detector(image)
    assert found.provenance.settled_tiles == found.provenance.tiles
    assert np.allclose(found.probability, image.mean(2) / 255, atol=1e-6)
    assert np.allclose(found.uncertainty, 0, atol=1e-3)


def test_streams_screen_too(bundle):
    with Detector(bundle, "onnxruntime", cascade()) as detector:
        alone = detector(page())
        streamed = list(detector.stream([page(), page()]))
    assert [found.provenance.settled_tiles for found in streamed] == [3, 3]
    assert all(np.array_equal(found.probability, alone.probability) for found in streamed)


def test_a_bundle_without_a_screen_refuses(tmp_path):
    plain = write_bundle(tmp_path, [constant_graph(0.5)], tiles=(SIDE,))
    with pytest.raises(RecipeError, match="no network for that; build it with --cascade"):
        Detector(plain, "onnxruntime", cascade())


def test_only_blending_recipes_can_be_screened():
    with pytest.raises(RecipeError, match="only merge 'blend' can be screened"):
        cascade(merge="tianchi-fft2")


def test_the_screen_is_a_file_of_the_bundle_and_has_no_vote(bundle):
    manifest = bundle.manifest
    assert [network.name for network in manifest.networks] == ["fold1", "fold2", "screen"]
    assert manifest.cascade.graph in manifest.files()
    assert manifest.networks_id == manifest.model_copy(update={"cascade": None}).networks_id
    assert Manifest.model_validate_json(manifest.to_json()) == manifest
