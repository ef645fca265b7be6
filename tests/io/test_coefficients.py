"""The coefficients are those of the file, to the last one; of a copy where it has none."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forensics_rt.errors import ImageTooLarge, OptionalDependency
from forensics_rt.io.coefficients import (
    Coefficients,
    recompressed_coefficients,
    stored_coefficients,
)
from forensics_rt.io.decode import decode
from forensics_rt.io.isolated.pool import DecoderPool
from forensics_rt.io.jpeg_library import largest_frame, load_reader
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.page_coefficients import COPIED
from forensics_rt.io.pages import Page
from forensics_rt.io.read_options import ReadOptions
from tests.jpegs import KINDS, jpeg, picture

jpeglib = pytest.importorskip("jpeglib", reason="pip install 'forensics_rt[jpeg]'")
WHOLE = ReadOptions(dct_limit=32767)
SIDES = (1, 7, 8, 9, 16, 17, 31, 40, 63)


def cosines() -> np.ndarray:
    """Return the matrix of the DCT that ITU-T T.81 defines."""
    frequency, place = np.mgrid[:8, :8]
    matrix = np.cos((2 * place + 1) * frequency * np.pi / 16) / 2
    matrix[0] /= np.sqrt(2)
    return matrix


def in_blocks(plane: np.ndarray) -> np.ndarray:
    height, width = plane.shape
    return plane.reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2)


def luma_of(data: bytes) -> np.ndarray:
    """Return luma as libjpeg decodes it, by way of Pillow."""
    image = Image.open(io.BytesIO(data))
    image.draft("L", image.size)
    return np.asarray(image, np.float64)


def read(data: bytes) -> Coefficients:
    decoded = decode(data, options=WHOLE)
    assert not [step for step in decoded.conversions if step.startswith(COPIED)]
    assert decoded.coefficients is not None
    return decoded.coefficients


def each_jpeg(kind: str) -> Iterator[tuple[np.ndarray, bytes]]:
    for number, height in enumerate(SIDES):
        for width in (*SIDES[number % 2 :: 2], 96):
            pixels = picture(height, width)
            yield pixels, jpeg(pixels, **KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_what_the_decoded_luma_gives_when_it_is_transformed_and_divided(kind: str) -> None:
    for pixels, data in each_jpeg(kind):
        found, (height, width) = read(data), pixels.shape[:2]
        whole = slice(height // 8 * 8), slice(width // 8 * 8)
        blocks = cosines() @ in_blocks(luma_of(data)[whole] - 128) @ cosines().T
        # At quality 50 every step is 10 or more, and rounded luma moves no coefficient by half.
        expected = np.rint(blocks / found.quantization)
        assert np.array_equal(in_blocks(found.dct[whole]), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_that_the_edge_cuts_give_the_pixels_before_it(kind: str) -> None:
    for pixels, data in each_jpeg(kind):
        found, (height, width) = read(data), pixels.shape[:2]
        assert found.dct.shape == (-(-height // 8) * 8, -(-width // 8) * 8)
        blocks = cosines().T @ (in_blocks(found.dct) * found.quantization.astype(float)) @ cosines()
        luma = blocks.swapaxes(1, 2).reshape(found.dct.shape)[:height, :width] + 128
        assert np.abs(np.clip(luma, 0, 255) - luma_of(data)).max() < 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_is_the_one_that_pillow_reads(kind: str) -> None:
    data = jpeg(picture(24, 24), quality=75, **KINDS[kind])
    expected = Image.open(io.BytesIO(data)).quantization[0]
    assert read(data).quantization.ravel().tolist() == list(expected)


def test_they_are_clipped_as_the_options_say() -> None:
    data = jpeg(picture(64, 64), quality=95)
    clipped = decode(data, options=ReadOptions(dct_limit=3)).coefficients
    assert clipped is not None
    assert np.array_equal(clipped.dct, np.clip(read(data).dct, -3, 3))


def test_orientation_is_not_applied_so_the_page_stays_on_its_grid() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = picture(24, 40)
    turned = decode(jpeg(pixels, exif=exif), options=WHOLE)
    assert turned.exif_orientation == 6 and not turned.conversions
    assert np.array_equal(turned.coefficients.dct, read(jpeg(pixels)).dct)


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (picture(20, 30), "pixels alone were given"),
        (png(picture(20, 30)), "a PNG has none"),
        (Image.open(io.BytesIO(jpeg(picture(20, 30)))), "no file was given, but an image"),
        (jpeg(picture(20, 30), mode="CMYK"), "its color space is CMYK, which has no luma"),
    ],
    ids=["array", "png", "pillow", "cmyk"],
)
def test_an_image_without_any_gets_those_of_a_copy_and_says_so(image: object, why: str) -> None:
    decoded = decode(image, options=WHOLE)
    assert [step for step in decoded.conversions if step.startswith(COPIED + why)]
    assert np.array_equal(decoded.pixels, decode(image).pixels)
    assert decoded.coefficients.quantization.max() == 1
    copy = recompressed_coefficients(decoded.pixels, 32767, "copy")
    assert np.array_equal(decoded.coefficients.dct, copy.dct)


def test_of_a_damaged_file_that_is_examined_those_of_what_was_decoded_are_taken() -> None:
    data = jpeg(picture(64, 64))
    decoded = decode(data[:-200], options=ReadOptions(damaged="examine", dct_limit=20))
    assert decoded.conversions[-1] == COPIED + "the file is damaged"


def test_of_a_second_picture_those_of_the_first_are_not_taken() -> None:
    out = io.BytesIO()
    Image.fromarray(picture(32, 32)).save(
        out, "MPO", save_all=True, append_images=[Image.fromarray(picture(32, 32, seed=1))]
    )
    file = MemoryFile(out.getvalue(), "two.mpo")
    first, second = (decode(Page(file, number), options=WHOLE) for number in (1, 2))
    assert not [step for step in first.conversions if step.startswith(COPIED)]
    assert [step for step in second.conversions if step.startswith(COPIED + "those of the first")]


def frame(height: int, width: int) -> bytes:
    """Return a comment that holds the beginning of a frame."""
    inside = b"\xff\xc0\x00\x11\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return b"\xff\xfe" + (len(inside) + 2).to_bytes(2, "big") + inside


def test_there_is_room_for_every_frame_that_a_file_states() -> None:
    plain = jpeg(picture(64, 64))
    thumbnail = plain[:2] + frame(120, 160) + plain[2:]
    assert largest_frame(plain) == 64 and largest_frame(thumbnail) == 300
    assert np.array_equal(read(thumbnail).dct, read(plain).dct)


def test_coefficients_are_not_read_where_a_part_of_the_file_states_a_far_larger_image() -> None:
    plain = jpeg(picture(64, 64))
    decoded = decode(plain[:2] + frame(65_000, 65_000) + plain[2:], options=WHOLE)
    why = "a part of the file states that the image is far larger"
    assert decoded.conversions[-1] == COPIED + why


def test_a_side_that_no_jpeg_has_is_refused() -> None:
    with pytest.raises(ImageTooLarge, match="ends at 65500"):
        decode(np.zeros((1, 65_501, 3), np.uint8), options=WHOLE)


def test_without_the_options_nothing_is_read() -> None:
    assert decode(jpeg(picture(8, 8))).coefficients is None


def test_a_missing_package_is_an_error_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "jpeglib", None)
    with pytest.raises(OptionalDependency, match=r"forensics_rt\[jpeg\]"):
        load_reader()


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_those_that_the_package_lists_with_its_own_decoder(
    kind: str, tmp_path: Path
) -> None:
    file = tmp_path / "page.jpg"
    for height, width in ((16, 24), (17, 31)):
        pixels = picture(height, width)
        data = jpeg(pixels, **KINDS[kind])
        file.write_bytes(data)
        listed, found = jpeglib.read_dct(str(file)), read(data)
        blocks = in_blocks(found.dct)
        assert np.array_equal(blocks, listed.Y[: blocks.shape[0], : blocks.shape[1]])
        assert np.array_equal(found.quantization, listed.get_component_qt(0))
        assert (listed.height, listed.width) == pixels.shape[:2]


def test_a_file_whose_header_or_scans_are_broken_gives_a_reason_and_nothing_else() -> None:
    whole = jpeg(picture(40, 56), progressive=True)
    chance = np.random.default_rng(1)
    reasons = 0
    for _ in range(300):
        broken = bytearray(whole)
        for place in chance.integers(0, len(whole), 3):
            broken[place] = chance.integers(256)
        found = stored_coefficients(bytes(broken), (40, 56), 20)
        reasons += isinstance(found, str)
        assert isinstance(found, str) or found.dct.shape == (40, 56)
    assert 10 < reasons < 290


def test_no_file_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delattr(os, "memfd_create", raising=False)  # as on other systems than Linux
    assert isinstance(stored_coefficients(jpeg(picture(8, 8)), (8, 8), 20), Coefficients)
    assert not list(tmp_path.iterdir())


def test_luma_that_has_fewer_samples_than_chroma_lies_on_no_grid_of_the_pixels() -> None:
    data = bytearray(jpeg(picture(32, 32), subsampling=0))
    frame = data.index(b"\xff\xc0")
    data[frame + 14] = 0x22  # two samples of blue chroma for each of luma, both ways
    found = stored_coefficients(bytes(data), (32, 32), 20)
    assert isinstance(found, str) and found.startswith("its header is unusual: ")


def test_a_child_process_reads_the_same() -> None:
    data = jpeg(picture(37, 51))
    with DecoderPool(1) as pool:
        decoded = pool.decode(data, options=WHOLE)
    assert np.array_equal(decoded.coefficients.dct, read(data).dct)
    assert np.array_equal(decoded.coefficients.quantization, read(data).quantization)
