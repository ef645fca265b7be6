import io
import os
import sys

import numpy as np
import pytest
from PIL import Image

from forensics_rt.io.pages import Page
from forensics_rt.io.size import pixel_count
from tests.io.images import bomb, encode


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
def test_the_header_says_it_for_files_and_bytes(kind, tmp_path):
    data = encode(kind)
    (tmp_path / "image").write_bytes(data)

    assert pixel_count(data) == pixel_count(tmp_path / "image") == 60 * 40
    assert pixel_count(str(tmp_path / "image")) == 60 * 40


@pytest.mark.filterwarnings("error")
def test_a_header_behind_the_first_bytes_is_found(tmp_path):
    # A TIFF's directory stands behind its pixels.
    Image.fromarray(np.zeros((400, 500), np.uint8)).save(tmp_path / "large.tif")

    assert pixel_count(tmp_path / "large.tif") == 200_000


def test_arrays_and_pictures_know_it():
    assert pixel_count(np.zeros((4, 5, 3), np.uint8)) == 20
    assert pixel_count(Image.new("L", (4, 5))) == 20


@pytest.mark.filterwarnings("error")
def test_a_bomb_is_counted_not_opened_and_what_is_no_image_weighs_nothing(tmp_path):
    assert pixel_count(bomb()) > 200_000_000
    assert pixel_count(b"hello") == pixel_count(b"") == pixel_count(tmp_path / "missing") == 0


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("before", [b"", b"a header of somebody else's"])
def test_an_open_file_is_left_where_it_is(kind, before):
    stream = io.BytesIO(before + encode(kind))
    stream.seek(len(before))

    assert pixel_count(stream) == 60 * 40 and stream.tell() == len(before)


def test_a_pipe_is_not_touched():
    reading, writing = os.pipe()
    with open(reading, "rb") as stream:
        os.write(writing, encode("PNG"))
        os.close(writing)

        assert pixel_count(stream) is None
        assert stream.read() == encode("PNG")


@pytest.mark.skipif(sys.platform == "win32", reason="it has no named pipes in folders")
def test_a_named_pipe_is_not_opened(tmp_path):
    """Whoever opens it takes what is written into it from the decoder."""
    pipe = tmp_path / "scan.png"
    os.mkfifo(pipe)
    assert pixel_count(pipe) is pixel_count(Page(pipe, 1)) is None
