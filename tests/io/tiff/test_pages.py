"""Directories of a TIFF: each is found where it lies, whatever became of the others."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.decode import decode
from forensics_rt.io.tiff.directory import TiffDirectory, read_directories
from forensics_rt.io.tiff.pages import open_tiff_page, pages_among, tiff_pages
from tests.io.images import noise, tiff_of_pages


def three_pages():
    gray = Image.fromarray(noise()).convert("L")
    return bytearray(tiff_of_pages(gray, Image.fromarray(noise(48, 64)), gray))


def offsets(data):
    return [one.offset for one in read_directories(io.BytesIO(data))]


def place_of_next(data, directory):
    (count,) = struct.unpack_from("<H", data, directory)
    return directory + 2 + 12 * count


def test_directories_say_what_their_pictures_are():
    found = read_directories(io.BytesIO(three_pages()))
    assert [(one.width, one.height, one.damage) for one in found] == [
        (60, 40, None),
        (64, 48, None),
        (60, 40, None),
    ]


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_both_byte_orders_and_sizes_of_file_are_read(bigtiff, byteorder):
    """Of big-endian BigTIFF the pages are found, but Pillow cannot read them."""
    tifffile = pytest.importorskip("tifffile")
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, bigtiff=bigtiff, byteorder=byteorder) as writer:
        for pixels in (noise(), noise(48, 64)):
            writer.write(pixels, photometric="rgb", metadata=None)

    pages = tiff_pages(stream, "two.tif")

    assert [(one.width, one.height) for one in pages.pages] == [(60, 40), (64, 48)]
    if bigtiff and byteorder == ">":
        with pytest.raises(ImageUnreadable, match="a big-endian BigTIFF cannot be read"):
            decode(stream.getvalue())
    else:
        assert np.array_equal(open_tiff_page(stream, pages, pages.pages[1]), noise(48, 64))


@pytest.mark.parametrize("wrong", [0, 60_000])
def test_a_wrong_number_of_entries_is_told_and_hides_no_page_behind_it(wrong):
    data = three_pages()
    struct.pack_into("<H", data, offsets(data)[1], wrong)

    found = read_directories(io.BytesIO(data))

    assert found[0].damage is None and found[1].damage is not None
    # Without any entry nobody knows where the next place stands.
    assert [(one.width, one.damage) for one in found[2:]] == ([(60, None)] if wrong else [])


def test_a_chain_that_leads_out_of_the_file_ends_in_a_page_that_cannot_be_read():
    data = three_pages()
    struct.pack_into("<I", data, place_of_next(data, offsets(data)[1]), 1 << 30)

    assert [one.damage for one in read_directories(io.BytesIO(data))] == [
        None,
        None,
        "the file ends before it",
    ]


def test_a_chain_that_leads_back_ends_in_a_page_that_cannot_be_read():
    data = three_pages()
    struct.pack_into("<I", data, place_of_next(data, offsets(data)[2]), offsets(data)[0])

    assert [one.damage for one in read_directories(io.BytesIO(data))] == [
        None,
        None,
        None,
        "it repeats an earlier one",
    ]


def test_pages_behind_a_damaged_first_directory_are_opened_from_a_file_and_from_memory(tmp_path):
    data = three_pages()
    struct.pack_into("<H", data, offsets(data)[0], 60_000)
    path = tmp_path / "scan.tif"
    path.write_bytes(data)

    with path.open("rb") as file:
        for stream in (file, io.BytesIO(data)):
            pages = tiff_pages(stream, "scan.tif")
            second = open_tiff_page(stream, pages, pages.pages[1])
            assert np.array_equal(second, noise(48, 64))


@pytest.mark.parametrize(
    ("size", "is_page"),
    [((30, 20), False), ((31, 20), False), ((60, 40), True), ((30, 30), True), ((90, 60), True)],
)
def test_a_smaller_version_is_smaller_and_of_the_same_shape(size, is_page):
    page, marked = TiffDirectory(8, 60, 40), TiffDirectory(99, *size, subfile=1)
    assert (marked in pages_among([page, marked])) is is_page


def test_masks_are_left_out_by_either_mark():
    page = TiffDirectory(8, 60, 40)
    masks = [TiffDirectory(9, 60, 40, subfile=4), TiffDirectory(10, 60, 40, photometric=4)]
    assert pages_among([masks[0], page, masks[1]]) == (page,)
