"""Tiles of one color are run once a network and size, and the maps are the same to the bit."""

import numpy as np
import pytest

from forensics_rt import Detector, Recipe
from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.inference import tile_loop
from forensics_rt.inference.constant_tiles import is_constant
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
    monkeypatch.setattr(tile_loop, "is_constant", lambda tile: False)
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
