"""Masks as tools write them: read for what they say, or refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from forensics_rt.errors import LabelError
from forensics_rt.io.masks import read_levels
from forensics_rt.io.pairs import LabeledImage, load_mask
from tests.io.images import animation, encode

FORGED = np.zeros((40, 40), np.uint8)
FORGED[:20, :20] = 1
BLACK, WHITE = np.zeros_like(FORGED), np.full_like(FORGED, 255)


def marks_of(path):
    return load_mask(LabeledImage(path.with_name("page.jpg"), path, "page"), *FORGED.shape)


def palette(*colors):
    picture = Image.fromarray(FORGED, mode="P")
    picture.putpalette([level for color in colors for level in color])
    return picture


def gray(levels):
    return Image.fromarray(np.asarray(levels, np.uint8))


def test_what_opencv_would_crash_on_is_refused(tmp_path):
    """A damaged second frame ended the process, a damaged length took gigabytes."""
    file = tmp_path / "mask.png"
    page = np.zeros((40, 56), np.uint8)
    file.write_bytes(encode("PNG", pixels=page))
    assert read_levels(file).shape == (40, 56)

    damaged = bytearray(file.read_bytes())
    damaged[damaged.index(b"IDAT") - 4] = 0xD0
    lying = b"P5 40000 40000 255\n"
    for data, said in (
        (damaged, "the PNG is truncated or damaged: the file ends inside PNG chunk IDAT$"),
        (lying, "must be an image of 8 or 16 bits, but 40000×40000 is 1600.0 Mpx"),
        (animation("PNG"), "must hold one picture, but holds 2"),
        (b"", "must be an image of 8 or 16 bits, but the file is empty"),
    ):
        file.write_bytes(data)
        with pytest.raises(LabelError, match=said):
            read_levels(file)


@pytest.mark.parametrize(
    "levels",
    [
        FORGED,
        FORGED * 255,
        FORGED * np.uint8(192),
        FORGED.astype(np.uint16),
        FORGED.astype(np.uint16) * 255,
        FORGED.astype(np.uint16) * 65535,
        cv2.merge([FORGED * 255] * 3),
        cv2.merge([FORGED.astype(np.uint16) * 255] * 3),
        cv2.merge([*[FORGED * 255] * 3, WHITE]),
    ],
    ids=lambda levels: f"{levels.dtype} {levels.max():g} {levels.shape[2:]}",
)
def test_one_meaning_however_it_is_stored(tmp_path, levels):
    path = tmp_path / "mask.tif"
    assert cv2.imwrite(str(path), levels)

    assert np.array_equal(marks_of(path), FORGED)


@pytest.mark.parametrize(
    "picture",
    [
        gray(FORGED * 255).convert("1"),
        palette((0, 0, 0), (255, 255, 255)),
        Image.merge("LA", [gray(FORGED * 255), gray(WHITE)]),
        Image.merge("RGBA", [*[gray(FORGED * 255)] * 3, gray(BLACK)]),
    ],
    ids=lambda picture: picture.mode,
)
def test_black_and_white_are_understood_in_every_mode(tmp_path, picture):
    picture.save(tmp_path / "mask.png")

    assert np.array_equal(marks_of(tmp_path / "mask.png"), FORGED)


@pytest.mark.parametrize("name", ["mask.webp", "mask.jpg"])
def test_what_compression_does_to_gray_is_no_color(tmp_path, name):
    gray(FORGED * 255).convert("RGB").save(tmp_path / name, quality=60)

    assert np.array_equal(marks_of(tmp_path / name)[:16, :16], FORGED[:16, :16])


def test_sixteen_bits_keep_the_levels_between(tmp_path):
    levels = np.zeros((40, 40), np.uint16)
    levels[0, :6] = np.array([0, 63, 64, 191, 192, 255]) * 256 + 255
    cv2.imwrite(str(tmp_path / "mask.png"), levels)

    assert marks_of(tmp_path / "mask.png")[0, :6].tolist() == [0, 0, 255, 255, 1, 1]


def test_a_page_of_which_nobody_can_tell_a_part_need_not_be_forged(tmp_path):
    gray(FORGED * 128).save(tmp_path / "mask.png")

    assert np.array_equal(marks_of(tmp_path / "mask.png"), FORGED * 255)


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        (palette((0, 0, 0), (128, 0, 0)), "red 128, green 0, blue 0 at x 0, y 0"),
        (palette((255, 0, 0), (0, 255, 0)), "red 0, green 255, blue 0 at x 0, y 0"),
        (
            Image.merge("RGB", [gray(FORGED * 255), gray(BLACK), gray(BLACK)]),
            "red 255, green 0, blue 0",
        ),
        (palette((0, 0, 0), (1, 0, 0)), "red 1, green 0, blue 0"),
    ],
)
def test_colors_are_refused(tmp_path, picture, found):
    picture.save(tmp_path / "mask.png")

    with pytest.raises(LabelError, match=rf"mask\.png must be gray.*but has colors.*{found}"):
        marks_of(tmp_path / "mask.png")


@pytest.mark.parametrize(
    "picture",
    [
        Image.merge("LA", [gray(WHITE), gray(FORGED * 255)]),
        Image.merge("RGBA", [*[gray(WHITE)] * 3, gray(FORGED * 255)]),
    ],
    ids=lambda picture: picture.mode,
)
def test_a_mask_in_the_alpha_channel_is_refused(tmp_path, picture):
    picture.save(tmp_path / "mask.png")

    with pytest.raises(LabelError, match=r"mask\.png must be opaque.*alpha goes from 0 to 255"):
        marks_of(tmp_path / "mask.png")


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        (FORGED * np.uint8(2), "0, 2"),
        (FORGED * np.uint8(40), "0, 40"),
        (FORGED * np.uint8(180), "0, 180"),
        (FORGED.astype(np.uint16) * 300, "0, 300"),
        (FORGED.astype(np.uint16) * 4095, "0, 4095"),
        (np.arange(1600, dtype=np.uint8).reshape(40, 40) % 50, "0, 1, 2, 3, …, 49"),
    ],
)
def test_levels_that_mean_nothing_are_refused(tmp_path, levels, found):
    cv2.imwrite(str(tmp_path / "mask.png"), levels)

    with pytest.raises(LabelError, match=rf"mask\.png must be black .*but holds {found};"):
        marks_of(tmp_path / "mask.png")


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.float32])
def test_numbers_that_are_no_levels_are_refused(tmp_path, kind):
    cv2.imwrite(str(tmp_path / "mask.tif"), FORGED.astype(kind) * kind(255))

    with pytest.raises(LabelError, match=r"mask\.tif must be an image of 8 or 16 bits, but"):
        marks_of(tmp_path / "mask.tif")
