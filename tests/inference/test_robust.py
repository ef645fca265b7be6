"""Each image is looked at twice more, after small changes; with one answer or many, to the bit."""

import numpy as np
import pytest

from forensics_rt import Detector, Failure
from forensics_rt.calibration.decision import Decision
from forensics_rt.errors import EngineFailed, RecipeError
from forensics_rt.inference.robust import (
    CHANGES,
    Change,
    in_place,
    saved_again,
    turned,
    turned_back,
)
from forensics_rt.plan.maps import Look
from forensics_rt.results.robustness import robustness_of
from tests.coefficient_bundles import coefficient_bundle


@pytest.fixture
def robust(bundle):
    with Detector(bundle, backend="numpy", robust=True) as opened:
        yield opened


def test_the_answer_for_the_image_is_that_without_looks(detector, robust, page):
    plain, looked = detector(page), robust(page)

    assert np.array_equal(plain.probability, looked.probability)
    assert plain.regions == looked.regions and plain.robust is None
    assert [look.change for look in looked.robust.looks] == [change.name for change in CHANGES]
    assert looked.to_dict().keys() - plain.to_dict().keys() == {"robust"}


def test_bright_regions_survive_small_changes(robust, page):
    found = robust(page).robust

    assert found.agreement > 0.9 and all(share > 0.9 for share in found.regions)
    assert len(found.regions) == 2
    assert all(look.kept > 0.9 and look.appeared < 0.01 for look in found.looks)


def test_what_depends_on_single_pixels_does_not_survive(robust):
    image = np.zeros((90, 120, 3), np.uint8)
    image[20:60:2, 20:60:2] = 135  # hardly bright enough, and none of their neighbors is
    image[70:80, 90:110] = 255

    found = robust(image).robust

    assert found.looks[1].kept < 0.7 and found.agreement < 0.7
    assert found.regions[0] > 0.8, "the whole patch stays, but for its edge"


def test_an_image_with_nothing_marked_has_no_share(robust):
    found = robust(np.zeros((64, 64, 3), np.uint8)).to_dict()["robust"]

    assert found["agreement"] is None and found["regions"] == []
    assert [look["kept"] for look in found["looks"]] == [None, None]


def test_a_stream_gives_the_same_and_one_failure_in_its_place(robust, page):
    rng = np.random.default_rng(0)
    images = [page, rng.integers(0, 255, (100, 70, 3), np.uint8), page[:50], page]

    results = list(robust.stream([*images[:2], b"no image", *images[2:]], "yield"))

    assert isinstance(results.pop(2), Failure)
    for image, streamed in zip(images, results, strict=True):
        alone = robust(image)
        assert streamed.robust == alone.robust
        assert np.array_equal(streamed.probability, alone.probability)
        assert {"engine", "gather", "merge"} <= streamed.seconds.keys()


def test_a_stream_that_is_left_early_ends(robust, page):
    for result in robust.stream([page] * 20):
        assert result.robust is not None
        break


def test_what_fails_with_a_copy_fails_with_its_image(robust, page, monkeypatch):
    def broken(pixels):
        raise EngineFailed("the copy")

    monkeypatch.setattr(
        "forensics_rt.inference.robust.CHANGES", (Change("broken", broken, in_place),)
    )
    with pytest.raises(EngineFailed, match="the copy"):
        robust(page)
    (failed,) = robust.stream([page], "yield")
    assert isinstance(failed, Failure) and "the copy" in str(failed.error)


def test_a_jpeg_save_keeps_size_and_colors():
    image = np.random.default_rng(1).integers(0, 255, (61, 40, 3), np.uint8)
    assert saved_again(image).shape == image.shape and saved_again(image).dtype == np.uint8
    red = np.full((16, 16, 3), (200, 0, 0), np.uint8)
    assert np.abs(saved_again(red).astype(int) - red).max() < 8, "colors keep their order"


@pytest.mark.parametrize("size", [(200, 300), (301, 77), (1, 1), (9, 1000)])
def test_what_was_turned_comes_back_to_its_place(size):
    mask = np.zeros(size, bool)
    height, width = size
    mask[height // 3 : height // 3 + 60, : max(1, width // 2)] = True
    image = np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * 255

    copy = turned(image)
    back = turned_back(copy[..., 0] > 127, size)

    assert back.shape == size and copy.shape[0] >= height and copy.shape[1] >= width
    assert (back != mask).mean() < 0.02, "nothing is lost, but for pixels at an edge"


def test_an_image_too_long_to_be_turned_is_refused(robust):
    with pytest.raises(
        RecipeError, match="up to 32000 pixels, but this one has 32001; leave out `robust=True`"
    ):
        robust(np.zeros((2, 32_001, 3), np.uint8))


def test_what_appears_only_in_a_copy_is_counted_apart():
    image = np.zeros((40, 40), np.float32)
    copy = image.copy()
    image[:10, :10], copy[5:15, :10] = 0.9, 0.9

    looks = [Look("a", copy, in_place), Look("b", image, in_place)]
    found = robustness_of(image, looks, Decision(0.5))

    assert found.agreement == 0.5 and found.regions == (0.5,)
    assert [(look.kept, look.appeared) for look in found.looks] == [(0.5, 50 / 1600), (1.0, 0.0)]


def test_networks_that_read_coefficients_are_refused(tmp_path):
    bundle = coefficient_bundle(tmp_path / "bundle")
    with pytest.raises(RecipeError, match="coefficients"):
        Detector(bundle, robust=True)
