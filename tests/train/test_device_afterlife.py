"""What the device does to pictures, held against libjpeg and OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from train.data.batches import to_batch
from train.data.device_afterlife import live_together
from train.data.device_jpeg import jpeg_round_trip
from train.data.pool import stored
from train.data.raw_views import cut_batch
from train.data.views import ViewConfig, take_batch
from train.synth.afterlife import AfterLife, draw_after_life, live
from train.synth.afterlife.history import CutOff, Noise, Rescale, Sharpen, Soften
from train.synth.imageops import jpeg
from train.synth.page import PageConfig, make_page


@pytest.fixture(scope="module")
def pages(sources):
    """Pages without added holes: these make them others, and the bounds below are of these."""
    config = PageConfig(size=200, real_share=1.0, authentic_share=0.2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("train.synth.scene.draw.wear_out", lambda rng, page: ())
        return [stored(make_page(3, index, sources, config)) for index in range(6)]


def _planes(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float()


def _image(planes: torch.Tensor) -> np.ndarray:
    return planes.permute(1, 2, 0).byte().numpy()


def _apart(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.abs(first.astype(np.int16) - second.astype(np.int16))


@pytest.mark.parametrize("subsample", [True, False])
@pytest.mark.parametrize("quality", [40, 75, 90, 98])
def test_a_save_is_that_of_libjpeg_within_two_levels(pages, quality, subsample):
    page = pages[0].image[:133, :171]  # neither side is a multiple of a block
    rng = np.random.default_rng(quality)
    noise = cv2.GaussianBlur(rng.integers(0, 256, page.shape, np.uint8), (0, 0), 1.2)
    qualities = torch.tensor([quality, 95])
    for image in (page, noise):
        saved = jpeg_round_trip(torch.stack([_planes(image)] * 2), qualities, subsample)
        for planes, each in zip(saved, (quality, 95), strict=True):
            expected = jpeg(image, each, subsample)
            difference = _apart(_image(planes), expected)
            # A last bit decides on coefficients half-way between two steps, and its whole block
            # follows; the page, saved before, has many of them.
            assert (difference <= 2).mean() > 0.95
            assert difference.mean() < 0.5 * _apart(expected, image).mean()


@pytest.mark.parametrize(
    ("step", "most", "share"),
    [
        (Soften(0.7), 1, 1.0),
        (Sharpen(0.4), 2, 1.0),
        (CutOff(3, 5), 0, 1.0),
        (Rescale(1.3, cv2.INTER_CUBIC), 2, 0.99),
        (Rescale(0.9, cv2.INTER_LINEAR), 1, 0.99),
    ],
)
def test_a_step_is_that_of_opencv(pages, step, most, share):
    image = pages[1].image
    life = AfterLife("one", (step,))
    (after,) = live_together([_planes(image)], [life])
    expected = live(image, life)
    assert _image(after).shape == expected.shape
    assert (_apart(_image(after), expected) <= most).mean() >= share


def test_shrinking_keeps_what_averages_keep(pages):
    life = AfterLife("one", (Rescale(0.7, cv2.INTER_AREA),))
    (after,) = live_together([_planes(pages[1].image)], [life])
    expected = live(pages[1].image, life).astype(float)
    found = _image(after).astype(float)
    assert found.shape == expected.shape
    assert abs(found.mean() - expected.mean()) < 0.5
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.97


def test_noise_has_its_strength_and_repeats():
    gray = torch.full((3, 200, 200), 128.0)
    lives = [AfterLife("noise", (Noise(3.0, seed),)) for seed in (1, 1, 2)]
    first, again, other = live_together([gray] * 3, lives)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    expected = live(np.full((200, 200, 3), 128, np.uint8), lives[0])
    assert float(first.std()) == pytest.approx(float(expected.std()), rel=0.05)


def test_pictures_of_all_sizes_and_histories_live_together_as_alone(pages):
    rng = np.random.default_rng(8)
    images = [_planes(page.image[: 120 + 8 * i]) for i, page in enumerate(pages)]
    lives = [draw_after_life(rng, 1.0) for _ in images]
    together = live_together(images, lives)
    for image, life, after in zip(images, lives, together, strict=True):
        (alone,) = live_together([image], [life])
        assert (after - alone).abs().max() <= 1  # sums in another order may round the other way
        assert _image(after).shape == live(_image(image), life).shape


def test_an_unknown_step_is_refused():
    with pytest.raises(ValueError, match="add it here"):
        live_together([torch.zeros(3, 8, 8)], [AfterLife("new", ("fold",))])


def test_without_an_after_life_the_batch_is_the_very_same(pages):
    config = ViewConfig(96, 0.9, 0.0, mirror=0.5, twins=0.5)
    expected = to_batch(*take_batch(5, 7, pages, 12, config))
    found = cut_batch(5, 7, pages, 12, config).on(torch.device("cpu"))
    assert torch.equal(found.image, expected.image)
    assert torch.equal(found.mask, expected.mask)


def test_with_an_after_life_the_batch_differs_by_rounding(pages):
    config = ViewConfig(96, 0.9, 1.0, mirror=0.5, twins=0.5)
    expected = to_batch(*take_batch(5, 8, pages, 24, config))
    found = cut_batch(5, 8, pages, 24, config).on(torch.device("cpu"))
    assert found.image.shape == expected.image.shape
    geometry = (found.mask > 0) == (expected.mask > 0)
    assert geometry.float().mean() > 0.999
    assert (found.mask == expected.mask).float().mean() > 0.98
    close = (found.image.int() - expected.image.int()).abs() <= 8
    assert close.float().mean() > 0.9


@pytest.mark.gpu
def test_a_gpu_makes_the_batch_that_the_processor_makes(pages):
    if not torch.cuda.is_available():
        pytest.skip("this torch finds no CUDA device")
    config = ViewConfig(96, 0.9, 0.0, twins=0.5)
    batch = cut_batch(5, 9, pages, 12, config)
    there = batch.pinned().on(torch.device("cuda"))
    here = batch.on(torch.device("cpu"))
    assert torch.equal(there.image.cpu(), here.image)
    assert torch.equal(there.mask.cpu(), here.mask)


@pytest.mark.gpu
def test_a_gpu_is_never_waited_for_while_pictures_live(pages):
    """Each wait would leave the GPU idle until the processor has queued the next kernels."""
    if not torch.cuda.is_available():
        pytest.skip("this torch finds no CUDA device")
    device = torch.device("cuda")
    rng = np.random.default_rng(4)
    lives = [draw_after_life(rng, 1.0) for _ in range(24)]
    images = [_planes(pages[0].image).to(device)] * len(lives)
    live_together(images, lives)
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        live_together(images, lives)
    finally:
        torch.cuda.set_sync_debug_mode(before)
