import hashlib
import io
import os
import pickle
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forensics_rt.errors import ImageError, ImageTooLarge, ImageUnreadable, RecipeError
from forensics_rt.io.decode import decode
from forensics_rt.io.header import read_header
from forensics_rt.io.pages import Page, pages_of
from forensics_rt.io.pdf.attachments import attachments_of
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.size import pixel_count
from forensics_rt.io.tiff import pages as tiff_pages
from tests.io.images import animation, encode, noise, tiff_of_pages
from tests.io.pdf.pdf_documents import bytes_of, scanned

_SUBFILE_TYPE, _ORIENTATION = 254, 0x0112


@pytest.fixture
def contract(tmp_path) -> Path:
    """Three pages: noise, its negative as gray, and a larger one."""
    path = tmp_path / "contract.tif"
    negative = Image.fromarray(255 - noise()).convert("L")
    path.write_bytes(
        tiff_of_pages(Image.fromarray(noise()), negative, Image.fromarray(noise(80, 96)))
    )
    return path


def test_a_tiff_has_as_many_pages_as_were_scanned_into_it(contract):
    pages = pages_of(contract)
    assert pages == tuple(Page(contract, number) for number in (1, 2, 3))
    assert [str(page) for page in pages] == [f"{contract}-page{n}" for n in (1, 2, 3)]


def test_each_page_is_decoded_as_itself_and_nobody_is_warned(contract, caplog):
    first, second, third = (decode(page) for page in pages_of(contract))

    assert np.array_equal(first.pixels, noise()) and np.array_equal(third.pixels, noise(80, 96))
    assert np.array_equal(second.pixels[..., 0], second.pixels[..., 2])
    assert [one.conversions[0] for one in (first, second, third)] == [
        f"page {number} of 3" for number in (1, 2, 3)
    ]
    assert second.conversions[1:] == ("gray to RGB",) and second.mode == "L"
    assert [one.page for one in (first, second, third)] == [1, 2, 3]
    assert first.sha256 == third.sha256, "the digest is that of the file"
    assert second.name == f"{contract}-page2"
    assert not caplog.messages
    assert decode(contract).page is None


def test_the_size_of_a_page_is_told_from_its_header_and_bounded(contract):
    assert [pixel_count(page) for page in pages_of(contract)] == [2400, 2400, 7680]
    assert pixel_count(Page(contract, 9)) == pixel_count(Page(Path("missing.tif"), 1)) == 0
    assert decode(Page(contract, 2), options=ReadOptions(max_pixels=2400)).pixels.shape == (
        40,
        60,
        3,
    )
    with pytest.raises(ImageTooLarge, match=r"contract\.tif-page3: .* if you trust it$"):
        decode(Page(contract, 3), options=ReadOptions(max_pixels=2400))


def test_orientation_and_depth_are_those_of_the_page(tmp_path):
    path = tmp_path / "mixed.tif"
    deep = Image.fromarray(noise()[..., 0].astype(np.uint16) * 257)
    plain = Image.fromarray(noise())
    path.write_bytes(tiff_of_pages(deep, plain, tags=({}, {_ORIENTATION: 6})))

    first, second = (decode(page) for page in pages_of(path))

    assert any("16-bit" in step for step in first.conversions)
    assert second.conversions == ("page 2 of 2",), "it has 8 bits"
    assert (first.exif_orientation, second.exif_orientation) == (1, 6)


def test_smaller_versions_of_a_page_and_masks_are_no_pages(tmp_path, caplog):
    path = tmp_path / "scan.tif"
    page, negative = Image.fromarray(noise()), Image.fromarray(255 - noise())
    small = Image.fromarray(noise(16, 24))
    kinds = ({_SUBFILE_TYPE: 1}, {}, {_SUBFILE_TYPE: 2}, {_SUBFILE_TYPE: 4})
    path.write_bytes(tiff_of_pages(small, page, negative, page, tags=kinds))

    first, second = (decode(page) for page in pages_of(path))

    assert np.array_equal(first.pixels, noise()) and np.array_equal(second.pixels, 255 - noise())
    assert (first.frames, second.page) == (2, 2)
    assert not caplog.messages
    with pytest.raises(ImageUnreadable, match="its pages are 1 to 2"):
        decode(Page(path, 3))


def test_a_page_behind_its_smaller_version_is_the_one_examined(tmp_path, caplog):
    """Judged by its thumbnail, a forged contract passes for authentic."""
    path = tmp_path / "scan.tif"
    small, page = Image.fromarray(noise(16, 24)), Image.fromarray(noise())
    path.write_bytes(tiff_of_pages(small, page, small, tags=({_SUBFILE_TYPE: 1}, {}, {254: 1})))

    for given in (path, path.read_bytes(), Page(path, 1)):
        decoded = decode(given)
        assert np.array_equal(decoded.pixels, noise()) and decoded.frames == 1
        assert decoded.conversions == ()
    assert pixel_count(Page(path, 1)) == pixel_count(path) == 2400
    assert len(pages_of(path)) == 1
    assert not caplog.messages, "nothing was left out"
    with pytest.raises(ImageUnreadable, match="begins with a smaller version of its page"):
        read_header(path)


def test_a_tiff_of_more_pages_than_can_be_walked_through_is_refused(contract, monkeypatch):
    """Millions of directories fit into a few megabytes."""
    monkeypatch.setattr(tiff_pages, "MOST_DIRECTORIES", 3)
    assert len(pages_of(contract)) == 3

    monkeypatch.setattr(tiff_pages, "MOST_DIRECTORIES", 2)
    os.utime(contract, (0, 0))  # or it is known already
    assert pages_of(contract) == (Page(contract, 1),) and pixel_count(Page(contract, 1)) == 0
    for given in (contract, contract.read_bytes(), Page(contract, 1)):
        with pytest.raises(ImageUnreadable, match=r": has more than 2 pages, the limit; split it"):
            decode(given)
    with pytest.raises(ImageUnreadable, match=r"contract\.tif: has more than 2 pages"):
        read_header(contract)


def test_a_file_may_be_an_entry_of_a_folder(contract):
    (entry,) = (one for one in os.scandir(contract.parent) if one.name == contract.name)
    assert pages_of(entry) == pages_of(contract) and Page(entry, 2) == Page(contract, 2)


def test_a_page_may_be_given_as_text_and_its_number_by_numpy(contract):
    page = Page(str(contract), np.int64(3))
    assert page == Page(contract, 3) and type(page.number) is int
    assert decode(page).page == 3


def test_the_digest_of_a_file_is_reckoned_once_for_all_its_pages(contract):
    first = decode(Page(contract, 1)).sha256
    assert first == hashlib.sha256(contract.read_bytes()).hexdigest()
    assert decode(Page(contract, 2)).digest is decode(Page(contract, 3)).digest

    with contract.open("ab") as stream:
        stream.write(b"more")
    changed = decode(Page(contract, 1)).sha256
    assert changed == hashlib.sha256(contract.read_bytes()).hexdigest() != first


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "MPO", "JPEG"])
def test_other_files_are_one_page(tmp_path, kind):
    path = tmp_path / "image"
    path.write_bytes(encode(kind) if kind == "JPEG" else animation(kind))
    assert pages_of(path) == (Page(path, 1),)
    for page in (Page(path, 1), *pages_of(path.read_bytes())):
        assert decode(page).pixels.shape == (40, 60, 3)


@pytest.mark.filterwarnings("ignore")
def test_what_cannot_be_read_is_a_page_whose_decoding_says_why(tmp_path, contract):
    cut = tmp_path / "cut.tif"
    cut.write_bytes(contract.read_bytes()[:200])
    for path, count in ((cut, 2), (tmp_path / "missing.tif", 1)):
        pages = pages_of(path)
        assert len(pages) == count, "of the cut file the second page lies beyond its end"
        for page in pages:
            with pytest.raises(ImageError, match=path.name):
                decode(page)


def test_a_page_that_is_not_there_is_refused(contract):
    with pytest.raises(ImageUnreadable, match="no page 4; its pages are 1 to 3"):
        decode(Page(contract, 4))


@pytest.mark.parametrize("number", [0, -1, 1.5, "2", None])
def test_what_can_be_no_page_is_refused_at_once(contract, number):
    with pytest.raises(
        ImageUnreadable, match=r"contract\.tif: .* whole number from 1 on, got"
    ) as no:
        Page(contract, number)
    assert str(no.value).endswith(f"got {number!r}")


@pytest.mark.parametrize("kind", ["bytes", "bytearray", "memoryview", "BytesIO", "file"])
def test_pages_of_bytes_and_open_files_are_those_of_the_file(contract, kind):
    data = contract.read_bytes()
    with contract.open("rb") as file:
        given = {
            "bytes": data,
            "bytearray": bytearray(data),
            "memoryview": memoryview(data),
            "BytesIO": io.BytesIO(data),
            "file": file,
        }[kind]
        pages = pages_of(given)
        third = Page(given, 3)
    called = str(contract) if kind == "file" else "<bytes>"

    assert [str(page) for page in pages] == [f"{called}-page{n}" for n in (1, 2, 3)]
    assert third == pages[2] and len({*pages, third}) == 3
    assert pickle.loads(pickle.dumps(third)) == third
    assert [pixel_count(page) for page in pages] == [2400, 2400, 7680]
    decoded = [decode(page) for page in pages]
    assert np.array_equal(decoded[2].pixels, noise(80, 96)) and decoded[1].name == str(pages[1])
    assert decoded[0].digest is decoded[2].digest, "computed once for all its pages"
    assert decoded[0].sha256 == hashlib.sha256(data).hexdigest()
    assert "II*" not in repr(pages) and len(repr(pages)) < 1000


def test_an_open_file_is_read_from_its_place_and_left_there(contract):
    stream = io.BytesIO(b"head" + contract.read_bytes())
    stream.seek(4)
    assert len(pages_of(stream)) == 3 and stream.tell() == 4
    assert decode(Page(stream, 2)).page == 2 and stream.tell() == 4


def test_a_file_that_cannot_be_sought_is_read_once_for_all_its_pages(contract):
    reading, writing = os.pipe()
    threading.Thread(target=_write, args=(writing, contract.read_bytes()), daemon=True).start()
    with os.fdopen(reading, "rb") as stream:
        pages = pages_of(stream)
    assert [decode(page).pixels.shape[0] for page in pages] == [40, 40, 80]
    assert str(pages[0]) == "<file>-page1"


def _write(place, data):
    with os.fdopen(place, "wb") as stream:
        stream.write(data)


@pytest.mark.parametrize("make", [pages_of, partial(Page, number=1)])
def test_what_is_no_file_is_refused_at_once(make, tmp_path):
    with pytest.raises(ImageUnreadable, match="open as text; open it with mode 'rb'"):
        make(io.StringIO("text"))
    with pytest.raises(ImageUnreadable, match="must be a path, bytes or an open file, got list"):
        make([1])
    with (tmp_path / "out.bin").open("wb") as stream, pytest.raises(ImageUnreadable, match="read"):
        make(stream)


@pytest.mark.parametrize("ask", [pages_of, attachments_of])
def test_a_password_that_is_no_text_is_refused(ask):
    with pytest.raises(RecipeError, match="password must be a text or None, but is of type bytes"):
        ask(b"any", b"sesame")


def test_pages_of_a_locked_pdf_need_its_password():
    data = bytes_of(scanned(Image.fromarray(noise()), Image.fromarray(255 - noise())), "sésame")
    assert len(pages_of(data)) == 1
    with pytest.raises(ImageUnreadable, match="needs a password; give it"):
        decode(pages_of(data)[0])
    first, second = pages_of(data, "sésame")
    assert pixel_count(second) == 0 and pixel_count(second, "sésame") == 2400
    decoded = decode(second, options=ReadOptions(password="sésame"))
    assert decoded.pixels.mean() == pytest.approx((255 - noise()).mean(), abs=1)
    assert decoded.pdf_file.source is first.source and "sésame" not in repr(decoded.pdf_file)
    with pytest.raises(ImageUnreadable, match="the password does not open the PDF"):
        decode(first, options=ReadOptions(password="other"))


@pytest.mark.filterwarnings("ignore")
def test_wherever_a_file_of_pages_is_cut_each_page_is_read_or_refused(tmp_path, contract):
    whole, cut = contract.read_bytes(), tmp_path / "cut.tif"
    for length in range(0, len(whole), max(1, len(whole) // 200)):
        cut.write_bytes(whole[:length])
        for page in (*pages_of(cut), Page(cut, 3)):
            pixel_count(page)
            try:
                assert decode(page).pixels.ndim == 3
            except ImageUnreadable as error:
                assert "cut.tif-page" in str(error)
