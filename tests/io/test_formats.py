"""A format is one row; one that Pillow does not know has a module with two functions."""

from types import SimpleNamespace

import pytest
from PIL import Image, ImageFile

from forensics_rt.errors import ImageUnreadable
from forensics_rt.io import formats, opening
from forensics_rt.io.decode import decode
from forensics_rt.io.formats import FORMATS, ImageFormat, format_of


class ToyFile(ImageFile.ImageFile):
    """`TOY`, width and height in a byte each, then the samples in gray."""

    format = "TOY"
    format_description = "toy"

    def _open(self) -> None:
        _, _, _, width, height = self.fp.read(5)
        self._size, self._mode = (width, height), "L"
        self.tile = [ImageFile._Tile("raw", (0, 0, width, height), 5, ("L", 0, 1))]


def register():
    Image.register_open("TOY", ToyFile)


TOY = ImageFormat(
    "TOY",
    (".toy",),
    complaint=lambda data: None if data[5:] else "the file holds no samples",
    plugin=SimpleNamespace(recognizes=lambda head: head.startswith(b"TOY"), register=register),
)
FILE = b"TOY\x02\x01" + bytes([10, 200])


@pytest.fixture
def with_toy(monkeypatch):
    for module in (formats, opening):
        monkeypatch.setattr(module, "FORMATS", (*FORMATS, TOY))
    yield
    Image.OPEN.pop("TOY", None)


def test_a_new_format_is_decoded_and_recorded(with_toy):
    found = decode(FILE)
    assert found.format == "TOY" and found.pixels.tolist() == [[[10] * 3, [200] * 3]]


def test_its_damage_is_refused(with_toy):
    with pytest.raises(ImageUnreadable, match="the file holds no samples"):
        decode(FILE[:5])


def test_without_the_row_the_file_is_unknown_and_the_formats_are_listed():
    with pytest.raises(ImageUnreadable, match=r"known format \(JPEG, .*AVIF, HEIF\)"):
        decode(FILE)


def test_no_two_formats_share_a_name_or_a_suffix():
    names = [name for one in FORMATS for name in (one.name, *one.variants)]
    suffixes = [suffix for one in FORMATS for suffix in one.suffixes]
    assert len(set(names)) == len(names) and len(set(suffixes)) == len(suffixes)
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in suffixes)
    assert format_of("no such format") is None
