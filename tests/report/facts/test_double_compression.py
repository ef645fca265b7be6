"""Signs of an earlier compression, on pictures whose history is known."""

import io

import numpy as np
import pytest
from PIL import Image

from forensics_rt.report.facts.coefficients import block_coefficients, decoded_brightness
from forensics_rt.report.facts.double_compression import double_compression
from forensics_rt.report.facts.jpeg import jpeg_facts


def saved(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """Clouds of all sizes, as photographs have them, never compressed."""
    rng = np.random.default_rng(7)
    total = np.zeros((384, 512))
    for side in (4, 8, 16, 32, 64, 128, 256):
        small = Image.fromarray(rng.normal(0, 1, (side * 3 // 4, side)).astype(np.float32))
        total += np.asarray(small.resize((512, 384), Image.Resampling.BICUBIC)) * 12
    total += rng.normal(0, 3, total.shape)
    gray = np.clip(128 + total, 5, 250).astype(np.uint8)
    return Image.fromarray(np.repeat(gray[:, :, None], 3, 2))


def sign_of(data: bytes) -> tuple[str, int | None]:
    found = double_compression(decoded_brightness(data), jpeg_facts(data).tables[0].steps)
    return found.sign, found.earlier_quality


@pytest.mark.parametrize("quality", [70, 85, 95])
def test_one_compression_leaves_no_sign(picture, quality):
    assert sign_of(saved(picture, quality)) == ("none", None)


@pytest.mark.parametrize(("earlier", "later"), [(60, 90), (75, 95), (50, 85)])
def test_a_stronger_compression_before_is_found_with_its_quality(picture, earlier, later):
    sign, quality = sign_of(saved(opened(saved(picture, earlier)), later))

    assert sign == "probable"
    assert abs(quality - earlier) <= 5


def test_a_crop_off_the_grid_hides_it(picture):
    once = opened(saved(picture, 60))

    assert sign_of(saved(once.crop((3, 5, 512, 384)), 90))[0] == "none"


def test_flat_paper_cannot_be_measured():
    assert sign_of(saved(Image.new("RGB", (300, 300), "white"), 80)) == ("unknown", None)


def test_coefficients_are_those_that_the_file_stores(picture):
    data = saved(picture, 75)
    steps = np.array(jpeg_facts(data).tables[0].steps, np.float32).reshape(8, 8)

    levels = block_coefficients(decoded_brightness(data)) / steps

    # Nothing but whole levels is stored: what is left over is the rounding of pixels.
    large = np.abs(levels) > 0.6
    assert np.abs(levels - np.rint(levels))[large].mean() < 0.03
