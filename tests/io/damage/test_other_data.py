"""JPEG, PNG, JPEG 2000, deflated and packed data, boxes and chunks: whole, cut, changed."""

import zlib

import pytest

from forensics_rt.io.damage import tells_of_damage
from forensics_rt.io.damage.boxes import box_complaint, chunk_complaint
from forensics_rt.io.damage.jpeg import decode_jpeg, jpeg_complaint
from forensics_rt.io.damage.jpeg2000 import jpeg2000_complaint
from forensics_rt.io.damage.packbits import packbits_complaint
from forensics_rt.io.damage.png import png_complaint
from forensics_rt.io.damage.zlib import zlib_complaint
from tests.io.images import encode

WHOLE = {
    "JPEG": (encode("JPEG"), jpeg_complaint),
    "JPEG of CMYK": (encode("JPEG", "CMYK"), jpeg_complaint),
    "JPEG of gray": (encode("JPEG", "L"), jpeg_complaint),
    "JPEG of RGB": (encode("JPEG", keep_rgb=True), jpeg_complaint),
    "JPEG, progressive": (encode("JPEG", progressive=True), jpeg_complaint),
    "PNG": (encode("PNG"), png_complaint),
    "JPEG 2000": (encode("JPEG2000"), jpeg2000_complaint),
    "JPEG 2000 of tiles": (encode("JPEG2000", tile_size=(32, 32)), jpeg2000_complaint),
    "JPEG 2000 without boxes": (encode("JPEG2000", no_jp2=True), jpeg2000_complaint),
    "WebP": (encode("WEBP"), chunk_complaint),
    "AVIF": (encode("AVIF"), box_complaint),
}


@pytest.mark.parametrize("called", WHOLE)
def test_whole_files_have_no_complaint_and_cut_ones_have(called):
    data, complaint = WHOLE[called]
    assert complaint(data) is None
    for missing in (1, 2, len(data) // 3):
        if not called.startswith("JPEG") or "2000" in called or missing > 1:
            assert complaint(data[:-missing]), f"{missing} bytes are missing"


def test_a_jpeg_is_decoded_with_what_libjpeg_says():
    data = encode("JPEG")
    pixels, said = decode_jpeg(data)
    assert pixels.shape == (40, 60, 3) and said is None
    assert decode_jpeg(data[:-100])[1] == "Premature end of JPEG file"


def test_deflated_data_is_held_against_its_checksum_and_size():
    data = zlib.compress(bytes(range(200)))
    assert zlib_complaint(data) is zlib_complaint(data, 200) is None
    assert zlib_complaint(data, 300) == "the deflated data holds 200 bytes, not 300"
    assert zlib_complaint(data[:-1]) == "the deflated data ends too early"
    assert "incorrect data check" in zlib_complaint(data[:-1] + bytes([data[-1] ^ 1]))


def test_packed_data_is_held_against_its_size():
    data = bytes([255, 7, 2, 1, 2, 3])  # twice 7, then three as they are
    assert packbits_complaint(data, 5) is None
    assert packbits_complaint(data[:-1], 5) == "the PackBits data ends after 5 of 5 bytes"
    assert packbits_complaint(data, 6) == "the PackBits data ends after 5 of 6 bytes"
    assert packbits_complaint(data, 4) == "the PackBits data holds 5 bytes, not 4"
    assert (
        packbits_complaint(data, 2) == "the PackBits data continues for 4 bytes after its last row"
    )


def test_a_result_tells_of_damage_by_its_phrases():
    assert tells_of_damage(("page 2 of 3", "damaged: Premature end of JPEG file"))
    assert not tells_of_damage(("gray to RGB",))
