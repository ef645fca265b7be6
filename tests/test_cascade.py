"""A cascade: a small network looks first and settles clear tiles, the members see the rest."""

from dataclasses import replace

import numpy as np
import pytest

from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.bundle.manifest import Manifest, MemberRecord
from forensics_rt.errors import RecipeError
from forensics_rt.inference.banded import BandedInferer
from forensics_rt.inference.host import HostInferer
from forensics_rt.inference.job import Job
from forensics_rt.inference.tile_loop import TileLoop
from forensics_rt.recipe import D4
from tests.bundles import brightness_graph, constant_graph, write_bundle

SIDE = 64


@pytest.fixture
def bundle(tmp_path):
    """Two members that always say 0.8 and 0.6, and a cascade network that sees brightness."""
    graphs = [constant_graph(0.8), constant_graph(0.6), brightness_graph()]
    whole = write_bundle(tmp_path / "bundle", graphs, tiles=(SIDE,), weights=(3.0, 1.0, 1.0))
    *members, small = whole.manifest.members
    changes = {"members": tuple(members), "cascade": renamed(small)}
    manifest = whole.manifest.model_copy(update=changes)
    (whole.path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return Bundle.open(whole.path)


def renamed(record: MemberRecord) -> MemberRecord:
    return record.model_copy(update={"name": "cascade"})


def cascade(**changes) -> Recipe:
    return replace(Recipe("cascade", overlap=0, window="flat", exit_threshold=0.1), **changes)


def page(height=SIDE, width=4 * SIDE):
    """Black but for one white tile, the second."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, SIDE : 2 * SIDE] = 255
    return image


@pytest.mark.parametrize("tta", [("identity",), D4])
def test_settled_tiles_keep_the_answer_of_the_cascade_network(bundle, tta):
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
    assert tiles == {2: 2, 0: 1, 1: 1}, "of the black tiles one"


def test_where_nothing_is_clear_the_map_is_that_without_a_cascade(bundle):
    image = np.random.default_rng(1).integers(200, 256, (150, 170, 3)).astype(np.uint8)
    recipe = cascade(overlap=16, window="pyramid", tta=D4)
    with (
        Detector(bundle, "onnxruntime", recipe) as settling,
        Detector(bundle, "onnxruntime", replace(recipe, exit_threshold=None)) as whole,
    ):
        expected = whole(image)
        found = settling(image)
    assert np.array_equal(found.probability, expected.probability)
    assert np.array_equal(found.uncertainty, expected.uncertainty)
    assert (found.provenance.settled_tiles, expected.provenance.settled_tiles) == (0, 0)


def test_where_everything_is_clear_the_map_is_that_of_the_cascade_network(bundle):
    image = np.random.default_rng(2).integers(0, 20, (150, 170, 3)).astype(np.uint8)
    recipe = cascade(overlap=16, window="pyramid", tta=D4)
    with Detector(bundle, "onnxruntime", recipe) as detector:
        found = detector(image)
    assert found.provenance.settled_tiles == found.provenance.tiles
    assert np.allclose(found.probability, image.mean(2) / 255, atol=1e-6)
    assert np.allclose(found.uncertainty, 0, atol=1e-3)


def test_streams_run_a_cascade_too(bundle):
    with Detector(bundle, "onnxruntime", cascade()) as detector:
        alone = detector(page())
        streamed = list(detector.stream([page(), page()]))
    assert [found.provenance.settled_tiles for found in streamed] == [3, 3]
    assert all(np.array_equal(found.probability, alone.probability) for found in streamed)


def test_a_bundle_without_a_cascade_network_refuses(tmp_path):
    plain = write_bundle(tmp_path, [constant_graph(0.5)], tiles=(SIDE,))
    with pytest.raises(RecipeError, match="no network for that; build it with --cascade"):
        Detector(plain, "onnxruntime", cascade())


def test_only_blending_recipes_can_be_a_cascade():
    with pytest.raises(RecipeError, match="only merge 'blend' can be a cascade"):
        cascade(merge="tianchi-fft2")


def test_the_cascade_network_is_a_file_of_the_bundle_and_has_no_vote(bundle):
    manifest = bundle.manifest
    assert [network.name for network in manifest.networks] == ["fold1", "fold2", "cascade"]
    assert manifest.cascade.graph in manifest.files()
    assert manifest.networks_id == manifest.model_copy(update={"cascade": None}).networks_id
    assert Manifest.model_validate_json(manifest.to_json()) == manifest


@pytest.mark.parametrize("seed", range(6))
def test_bands_give_the_maps_of_the_whole_image_to_the_bit(bundle, seed):
    """Blocks of light and dark, so that some tiles of a row are settled, and rows of them, too."""
    random = np.random.default_rng(seed)
    blocks = random.choice([0, 10, 255], (7, 12), p=[0.7, 0.2, 0.1])
    image = blocks.repeat(40, axis=0).repeat(40, axis=1)[:261, :470, None].repeat(3, axis=2)
    recipe = cascade(overlap=24, window="pyramid", tta=("identity", "rotate90"))
    image = np.ascontiguousarray(image, np.uint8)
    with Detector(bundle, "onnxruntime", recipe) as detector:
        loop = TileLoop(detector.backend, recipe, detector.weights, 2)
        plan = detector.setup.plan(*image.shape[:2])
        whole = HostInferer(loop).run(Job(image, plan))
        banded = BandedInferer(loop, most_rows=50).run(Job(Rows(image), plan))

    assert 0 < whole.settled_tiles == banded.settled_tiles < len(plan.tiles)
    assert np.array_equal(banded.probability, whole.probability)
    assert np.array_equal(banded.uncertainty, whole.uncertainty)
    assert banded.raw_score == whole.raw_score


class Rows:
    """Rows of an image in memory, each read once."""

    def __init__(self, pixels):
        self.pixels = pixels
        self.height, self.width = pixels.shape[:2]
        self.working_bytes = 0

    def rows(self, top, bottom, out):
        out[...] = self.pixels[top:bottom]
