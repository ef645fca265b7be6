"""Facts of a file are read by a child process where one is asked, and it may say anything."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io.isolated.pool import DecoderPool
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.report.facts.gathering import gathered
from forensics_rt.report.facts.thumbnail import decoded_thumbnail
from tests.report.facts.test_exif import with_thumbnail


class Pool:
    """Answers what a child that was taken over might."""

    def __init__(self, answer):
        self.answer = answer

    def read(self, *asked):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def only_fact(facts):
    return facts.tables[0].facts[0].value


@pytest.fixture(scope="module")
def file():
    small = io.BytesIO()
    Image.fromarray(np.full((12, 16, 3), 90, np.uint8)).save(small, "JPEG")
    return MemoryFile(with_thumbnail(small.getvalue()), "scan.jpg")


def test_a_child_tells_the_same_facts_and_the_same_thumbnail(file):
    sha256 = file.digest.result()
    here = gathered(sha256, file, None)
    with DecoderPool(1) as pool:
        apart = gathered(sha256, file, None, pool)

    assert (apart.size, apart.tables) == (here.size, here.tables)
    assert np.array_equal(apart.thumbnail, here.thumbnail)
    assert apart.thumbnail.shape == (12, 16, 3)


def test_a_file_that_changed_or_is_gone_has_no_facts(file, tmp_path):
    with DecoderPool(1) as pool:
        assert "has changed" in only_fact(gathered("0" * 64, file, None, pool))
        gone = only_fact(gathered("0" * 64, tmp_path / "gone.jpg", None, pool))
    assert "cannot be read again" in gone and "gone.jpg" in gone


@pytest.mark.parametrize(
    "answer",
    [
        b"no json",
        json.dumps({"sha256": "0" * 64, "tables": [{"title": 1}]}).encode(),
        ImageUnreadable("scan.jpg", "its decoder was ended by SIGSEGV: the file is damaged"),
    ],
)
def test_a_child_that_answers_nonsense_or_dies_gives_no_facts(file, answer):
    assert "cannot be read again" in only_fact(gathered("0" * 64, file, None, Pool(answer)))


@pytest.mark.parametrize(
    "thumbnail",
    [
        *((0, 0, "AAAA"), (-1, 3, "AAAA"), (12, 17, "AAAA"), (4000, 4000, "AAAA")),
        *((0, 5, ""), (5, 0, ""), (1, 1, "AAA"), (1, 1, "A!AAA"), (1, 1, "ä")),
    ],
)
def test_a_thumbnail_whose_size_or_pixels_lie_is_left_out(file, thumbnail):
    told = {"sha256": "0" * 64, "size": 1, "thumbnail": thumbnail}
    found = gathered("0" * 64, file, None, Pool(json.dumps(told).encode()))
    assert found.thumbnail is None and found.size == 1


def test_only_small_pictures_are_thumbnails():
    large = io.BytesIO()
    Image.new("RGB", (401, 9)).save(large, "JPEG")
    assert decoded_thumbnail(large.getvalue()) is None
    assert decoded_thumbnail(b"\xff\xd8\xffno") is None
