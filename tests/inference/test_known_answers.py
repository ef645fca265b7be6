"""Tiles that come again are run once a network and shape, and the maps are the same to the bit."""

import numpy as np
import pytest

from forensics_rt import Detector, Recipe
from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.inference import known_answers, tile_loop
from forensics_rt.inference.known_answers import ComingAgain, find_coming_again, is_constant
from forensics_rt.plan.schedule import View
from forensics_rt.plan.tiling import Tile, plan_rectangles
from forensics_rt.recipe import D4


class Counting(Backend):
    """Answers by brightness and place, and counts the tiles that it sees."""

    def __init__(self, batch=1):
        self.capabilities = Capabilities("counting", "cpu", "fp32", batch, {})
        self.seen = 0

    def _infer(self, member, images):
        self.seen += len(images)
        ramp = np.linspace(0, 0.4, images.shape[1], dtype=np.float32)[None, :, None]
        return (images.mean(axis=3) / 510 + ramp + member / 9).astype(np.float32)

    def close(self): ...


def screen(height=400, width=330):
    """A screenshot: white but for a line of text and a bar."""
    image = np.full((height, width, 3), 255, np.uint8)
    image[10:30, 20:300] = np.random.default_rng(0).integers(0, 256, (20, 280, 3))
    image[300:] = (20, 40, 60)
    return image


@pytest.mark.parametrize(
    "recipe", [Recipe("plain", overlap=8), Recipe("d4", overlap=8, tta=D4)], ids=str
)
@pytest.mark.parametrize("batch", [1, 3])
def test_the_maps_are_those_of_running_every_tile(bundle, recipe, batch, monkeypatch):
    remembering, plain = Counting(batch), Counting(batch)
    with Detector(bundle, remembering, recipe) as detector:
        found = [detector(screen()) for _ in range(2)]
    monkeypatch.setattr(tile_loop, "find_coming_again", lambda *band: ComingAgain({}, 0, 0))
    with Detector(bundle, plain, recipe) as detector:
        expected = detector(screen())

    for one in found:
        assert np.array_equal(one.probability, expected.probability)
        assert one.uncertainty is None or np.array_equal(one.uncertainty, expected.uncertainty)
    assert 0 < found[0].provenance.constant_tiles < found[0].provenance.tiles
    assert remembering.seen < 1.2 * plain.seen, "two pages cost little more than one without it"


def test_a_page_of_one_color_costs_one_tile_a_network(bundle):
    backend = Counting()
    with Detector(bundle, backend) as detector:
        first = detector(np.full((300, 300, 3), 255, np.uint8))
        members = len(detector.weights)
        assert backend.seen == members < first.provenance.tiles
        assert first.provenance.constant_tiles == first.provenance.tiles
        detector(np.full((300, 300, 3), 255, np.uint8))
    assert backend.seen == members


def test_colors_are_forgotten_when_there_are_many(bundle):
    backend = Counting()
    with Detector(bundle, backend) as detector:
        for _ in range(2):
            for value in range(20):
                detector(np.full((64, 64, 3), value, np.uint8))
    assert backend.seen == 2 * 20 * len(detector.weights)


@pytest.mark.parametrize("place", [(0, 0, 0), (0, 7, 1), (5, 3, 2), (7, 7, 2)])
def test_one_other_pixel_makes_a_tile_not_constant(place):
    tile = np.full((8, 8, 3), 9, np.uint8)
    assert is_constant(tile)
    tile[place] = 10
    assert not is_constant(tile)


def wallpaper(height=400, width=330):
    """A page whose tiles of 64 at every 56 pixels are alike but for those at its edges."""
    pattern = np.random.default_rng(1).integers(0, 256, (56, 56, 3), np.uint8)
    return np.tile(pattern, (-(-height // 56), -(-width // 56), 1))[:height, :width]


@pytest.mark.parametrize(
    "recipe", [Recipe("plain", overlap=8), Recipe("d4", overlap=8, tta=D4)], ids=str
)
@pytest.mark.parametrize("batch", [1, 3])
def test_a_tile_that_a_page_repeats_is_run_once_a_symmetry(bundle, recipe, batch, monkeypatch):
    remembering, plain = Counting(batch), Counting(batch)
    page = wallpaper(56 * 4 + 8, 56 * 3 + 8)
    with Detector(bundle, remembering, recipe) as detector:
        found = detector(page)
    monkeypatch.setattr(tile_loop, "find_coming_again", lambda *band: ComingAgain({}, 0, 0))
    with Detector(bundle, plain, recipe) as detector:
        expected = detector(page)

    assert np.array_equal(found.probability, expected.probability)
    assert (found.provenance.tiles, found.provenance.repeated_tiles) == (12, 11)
    assert found.provenance.constant_tiles == 0
    assert remembering.seen * 12 == plain.seen


def test_what_comes_again_is_found_in_rows_of_an_image():
    page = wallpaper()
    tiles = tuple(Tile(top, left, 64, 64) for top in (56, 112) for left in (0, 56, 112))
    page[150, 130] ^= 1  # of the last tile alone
    found = find_coming_again(page[56:], tiles, top=56)

    assert set(found.names) == set(tiles[:-1]) and len(set(found.names.values())) == 1
    assert (found.constant, found.repeated) == (0, 4)
    turned = found.of([View(tiles[0], "identity"), View(tiles[0], "rotate90")])
    assert turned[0] != turned[1], "a turned tile has an answer of its own"
    assert found.of([View(tiles[-1], "identity")]) == (None,)


def test_tiles_alike_in_the_sampled_rows_alone_are_not_alike():
    page = np.zeros((400, 800, 3), np.uint8)
    page[0, ::400] = 1
    page[37, 500] = 9
    found = find_coming_again(page, (Tile(0, 0, 400, 400), Tile(0, 400, 400, 400)))
    assert not found.names and found.repeated == 0


def test_a_tile_of_another_shape_is_another_tile():
    page = wallpaper()
    tiles = (Tile(0, 0, 64, 32), Tile(0, 56, 32, 64), Tile(56, 0, 64, 64))
    assert not find_coming_again(page, tiles).names


def test_no_tile_of_a_scan_is_read_whole_to_find_another_like_it():
    page = np.random.default_rng(0).integers(0, 256, (900, 700, 3), np.uint8)
    plan = plan_rectangles(900, 700, (384, 512, 640, 832), 24)
    digested = []
    with pytest.MonkeyPatch.context() as patch:
        real = known_answers.hashlib.sha256
        patch.setattr(known_answers.hashlib, "sha256", lambda d: digested.append(len(d)) or real(d))
        assert not find_coming_again(page, plan.tiles).names
    assert sum(digested) < 0.06 * page.nbytes
