"""Files that are damaged, and sound ones that were taken for damaged: what each must give."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forensics_rt.errors import ImageError, ImageUnreadable
from forensics_rt.io.decode import decode
from forensics_rt.io.pages import Page, pages_of
from forensics_rt.io.read_options import ReadOptions
from tests.io.images import encode, noise

FILES = Path(__file__).parents[1] / "data" / "damage"
EXAMINE = ReadOptions(damaged="examine")
HOW = r"; to examine what can be decoded of it, use `damaged='examine'`$"


def test_a_jpeg_without_its_end_is_refused_with_the_way_to_examine_it():
    path = FILES / "jpeg-without-its-last-two-bytes.jpg"

    for given in (path, path.read_bytes(), Page(path, 1), Image.open(path)):
        with pytest.raises(ImageUnreadable, match=f"Premature end of JPEG file{HOW}"):
            decode(given)

    examined = decode(path, options=EXAMINE)
    whole = decode(path.read_bytes() + b"\xff\xd9")
    assert examined.conversions == ("damaged: Premature end of JPEG file",)
    assert np.array_equal(examined.pixels, whole.pixels), "the end marker holds no pixels"


def test_a_fax_with_two_wrong_bytes_is_refused_by_its_row():
    path = FILES / "tiff-g4-two-bytes-flipped.tif"

    for given in (path, path.read_bytes(), Page(path, 1), Image.open(path)):
        with pytest.raises(ImageUnreadable, match=f"more than 384 pixels in row 137 of 256{HOW}"):
            decode(given)
    examined = decode(path, options=EXAMINE)
    assert examined.conversions[-1].startswith("damaged: strip: the fax data holds more than 384")
    assert examined.pixels.shape == (256, 384, 3)


def test_a_damaged_directory_is_one_page_and_its_neighbors_go_on():
    pages = pages_of(FILES / "tiff-4-pages-third-directory-damaged.tif")

    assert [_outcome(page) for page in pages] == [
        (256, 384),
        (384, 256),
        "the directory of the TIFF page is damaged: of its 60000 entries only 9 can be read",
        (256, 384),
    ]
    assert np.ptp(decode(pages[3]).pixels), "and it is not black"


def test_a_compression_that_cannot_be_read_is_named_and_is_one_page():
    pages = pages_of(FILES / "tiff-4-pages-second-of-unknown-compression.tif")

    assert [_outcome(page) for page in pages] == [
        (256, 384),
        "TIFF compression 34713 (JPEG 2000) cannot be read; save it with LZW",
        (200, 300),
        (256, 384),
    ]


def _outcome(page):
    try:
        return decode(page).pixels.shape[:2]
    except ImageError as error:
        return error.cause


def test_a_page_wrongly_marked_as_a_smaller_version_is_a_page():
    path = FILES / "tiff-first-of-2-pages-marked-reduced.tif"

    first, second = (decode(page) for page in pages_of(path))

    assert first.pixels.shape == second.pixels.shape == (256, 384, 3)
    assert not np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(decode(path).pixels, first.pixels)


def test_a_transparency_mask_is_no_page():
    path = FILES / "page_and_transparency_mask.tif"

    assert len(pages_of(path)) == 1
    assert decode(path).pixels.shape == (100, 120, 3)


def test_of_pixels_that_are_not_square_the_density_is_told():
    decoded = decode(FILES / "tiff-fax-204x98.tif")

    assert decoded.density == (204.0, 98.0)
    assert "pixels are not square: 204 × 98 per inch" in decoded.conversions
    assert decoded.pixels.shape == (128, 384, 3), "as stored"


def test_white_of_16_bit_jpeg_2000_stays_white():
    decoded = decode(FILES / "rgb16_white.jp2")

    assert 215 < decoded.pixels.mean() < 240
    assert decoded.conversions == ("16-bit channels reduced to 8 bits",)


def test_white_and_half_of_12_bit_jpeg_2000_are_what_they_were():
    decoded = decode(FILES / "rgb12_white.jp2")

    assert set(np.unique(decoded.pixels)) == {128, 255}
    assert decoded.conversions == ("12-bit channels reduced to 8 bits",)


def test_a_jpeg_2000_of_signed_samples_is_refused_with_that_reason():
    data = bytearray(encode("JPEG2000"))
    depths = data.index(b"\xff\x4f\xff\x51") + 42
    for channel in range(3):
        data[depths + 3 * channel] |= 0x80

    with pytest.raises(ImageUnreadable, match="JPEG2000 of signed samples cannot be read"):
        decode(bytes(data))


def test_the_depth_of_an_avif_is_told_of_a_page_too():
    path = FILES / "avif10_page.avif"
    said = ("10-bit channels reduced to 8 bits",)

    assert decode(path).conversions == decode(Page(path, 1)).conversions == said


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gray_int8.tif", r"its samples are signed \(SampleFormat 2\)"),
        ("bf32_rgbx.bmp", r"BMP with bit fields of a kind that cannot be read \(32 bits a pixel\)"),
        ("jpeg12bit.jpg", "JPEG of 12 bits a sample cannot be read"),
    ],
)
@pytest.mark.parametrize("damaged", ["refuse", "examine"])
def test_what_cannot_be_read_is_refused_with_the_true_reason(name, reason, damaged):
    with pytest.raises(ImageUnreadable, match=f"{name}: {reason}"):
        decode(FILES / name, options=ReadOptions(damaged=damaged))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "GIF", "JPEG"])
def test_what_can_be_decoded_of_a_file_that_was_cut_is_examined_if_asked_for(kind):
    options = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
    whole = encode(kind, "RGB", noise(320, 240), **options)
    place = len(whole) * 3 // 4
    # The directory of a TIFF stands at its end.
    data = whole[:place] + (bytes(400) + whole[place + 400 :] if kind == "TIFF" else b"")

    with pytest.raises(ImageUnreadable, match="truncated or damaged"):
        decode(data)
    examined, sound = decode(data, options=EXAMINE), decode(whole)
    assert examined.conversions[-1].startswith("damaged: ")
    there = slice(-20, None) if kind == "BMP" else slice(20)  # a BMP begins with its last row
    assert np.array_equal(examined.pixels[there], sound.pixels[there])


def test_of_a_png_with_a_wrong_checksum_all_pixels_are_had_if_asked_for():
    data = bytearray(encode("PNG"))
    data[data.index(b"IHDR") + 17] ^= 1

    with pytest.raises(ImageUnreadable, match="checksum of PNG chunk IHDR is wrong"):
        decode(bytes(data))
    examined = decode(bytes(data), options=EXAMINE)
    assert examined.conversions == ("damaged: the checksum of PNG chunk IHDR is wrong",)
    assert np.array_equal(examined.pixels, noise())


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_where_nothing_can_be_decoded_there_is_nothing_to_examine(kind):
    data = encode(kind)[:-400]
    for options in (ReadOptions(), EXAMINE):
        with pytest.raises(ImageUnreadable, match="<bytes>: "):
            decode(data, options=options)


def test_a_page_takes_as_long_in_a_long_file_as_in_a_short_one(tmp_path):
    """Counted, not timed: what is read of a file to decode one of its pages."""
    page = Image.fromarray(noise()).convert("1")
    read = {}
    for count in (6, 200):
        path = tmp_path / f"fax{count}.tif"
        page.save(path, save_all=True, append_images=[page] * (count - 1), compression="group4")
        last = pages_of(path)[-1]
        decode(last)  # the list of pages is made once
        read[count] = _calls(lambda last=last: decode(last))
    assert read[200] <= 1.2 * read[6]


def _calls(what):
    """Count the calls of Python functions on the way."""
    count = 0

    def each(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(each)
    try:
        what()
    finally:
        sys.setprofile(None)
    return count
