"""Decoding in child processes: the same images, and a child that dies is one error."""

import os
import signal
from pathlib import Path, PurePath

import numpy as np
import pytest

from forensics_rt.errors import ImageFailed, ImageTooLarge, ImageUnreadable, RecipeError
from forensics_rt.io.decode import decode
from forensics_rt.io.documents import Wanted, expand_documents
from forensics_rt.io.file_source import PdfFile, digest_of
from forensics_rt.io.isolated.messages import Reply
from forensics_rt.io.isolated.pool import DecoderPool
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pages import Page
from forensics_rt.io.pdf.annotated_copy import ExaminedPdf, PageMark
from forensics_rt.io.pdf.attachment import Attachment
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.sources import Source
from tests.io.pdf.pdf_documents import attach, blank, bytes_of
from tests.serve.conftest import noise, pdf, png, tiff

PDFS = sorted((Path(__file__).parents[2] / "data" / "pdf").glob("*.pdf"))


@pytest.mark.parametrize("children", [0, "2", 1.5, None])
def test_a_number_of_children_that_is_none_is_refused(children):
    with pytest.raises(RecipeError, match=r"children must be .*1 or more, but is"):
        DecoderPool(children)


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(1) as opened:
        yield opened


def test_a_child_decodes_what_this_process_does(pool, tmp_path):
    (tmp_path / "a.png").write_bytes(png(noise(40, 50)))
    two = tiff(noise(20, 30), noise(30, 20))
    inputs = [tmp_path / "a.png", png(noise(9, 8)), Page(two, 2), np.zeros((5, 6, 3), np.uint8)]
    for image in [*inputs, *(Page(path, 1) for path in PDFS[:4])]:
        here, there = decode(image), pool.decode(image)
        assert np.array_equal(here.pixels, there.pixels) and here.sha256 == there.sha256
        for known in ("name", "format", "mode", "conversions", "frames", "page", "density",
                      "medium", "page_report", "pdf_file", "exif_orientation"):  # fmt: skip
            assert getattr(here, known) == getattr(there, known), known


@pytest.mark.parametrize("data", [b"", b"no image", png(noise(60, 60))[:3000]])
def test_errors_are_the_same(pool, data):
    with pytest.raises(ImageUnreadable) as here:
        decode(data, "upload")
    with pytest.raises(ImageUnreadable) as there:
        pool.decode(data, "upload")
    assert str(here.value) == str(there.value) and type(here.value) is type(there.value)


def test_the_limit_of_pixels_is_kept(pool):
    with pytest.raises(ImageTooLarge, match="the limit is"):
        pool.decode(png(noise(40, 40)), "upload", ReadOptions(max_pixels=100))


def test_pages_are_counted_and_pdfs_annotated(pool):
    document = pdf(noise(30, 40), noise(30, 40))
    assert pool.count_pages(MemoryFile(document)) == 2
    first = pool.decode(Page(document, 1))
    examined = ExaminedPdf(first.sha256, first.frames)
    mark = PageMark(1, (1.0, 2.0, 30.0, 20.0), "region 1 of 1")
    copy = pool.annotate(PdfFile(MemoryFile(document)), examined, [mark])
    assert copy.startswith(b"%PDF") and b"region 1 of 1" in copy


@pytest.fixture(scope="module")
def mail():
    """A letter to which a scan, an image without a suffix, a text and a letter are attached."""
    inner = bytes_of(attach(blank(20, 30), {"deep.png": png(noise(9, 8))}))
    files = {"inner.pdf": inner, "notes": b"hello", "photo": png(noise(6, 7)),
             "scan.pdf": pdf(noise(30, 40), noise(30, 40))}  # fmt: skip
    return bytes_of(attach(blank(200, 300), files))


@pytest.mark.parametrize("on_disk", [True, False])
def test_children_take_attachments_out_of_pdfs_as_this_process_does(pool, mail, on_disk, tmp_path):
    source = MemoryFile(mail, "mail.pdf")
    if on_disk:
        source = tmp_path / "mail.pdf"
        source.write_bytes(mail)

    there = [Source(source, PurePath("mail.pdf"))]
    here = expand_documents(there, Wanted(attachments=True))
    apart = expand_documents(there, Wanted(attachments=True), pool)

    assert apart == here and len(apart.sources) == 6 and apart.passed_over.total() == 1
    for one in apart.sources:
        expected, found = decode(one.input), pool.decode(one.input)
        assert np.array_equal(expected.pixels, found.pixels)
        assert (found.name, found.sha256) == (expected.name, expected.sha256)
        assert pool.size(one.input) == expected.pixels.shape[:2]
    gone = Attachment(source, 9, "gone.png")
    with pytest.raises(ImageUnreadable, match=r"gone\.png: the PDF no longer holds"):
        pool.decode(gone)


def test_a_child_tells_the_sum_of_an_attachment(pool, mail, tmp_path):
    file = MemoryFile(mail, "mail.pdf")
    for one in pool.attachment_list(file).attachments:
        assert pool.digest(one) == digest_of(one).result()
    (tmp_path / "a").write_bytes(b"any")
    assert pool.digest(tmp_path / "a") == digest_of(tmp_path / "a").result()
    with pytest.raises(ImageUnreadable, match="no longer holds"):
        pool.digest(Attachment(file, 9, "gone.png"))


def test_a_reader_of_another_room_is_named_and_its_answer_limited(pool):
    source, reader = MemoryFile(b"abc"), f"{__name__}:never"
    with pytest.raises(ImageFailed, match="must be of this package"):
        pool.read(source, reader, None, 10)
    facts = "forensics_rt.report.facts.gathering:told"
    assert pool.read(source, facts, None, 10_000).startswith(b"{")
    with pytest.raises(ImageUnreadable, match="no answer of up to"):
        pool.read(source, facts, None, 10)


def test_names_that_a_child_gives_lead_nowhere(pool, mail, monkeypatch):
    said = Reply(attachments=("../../a.png", "b\n.png"), portfolio=False)
    monkeypatch.setattr(pool, "_ask", lambda *_: (said, None))
    names = [one.file_name for one in pool.attachment_list(MemoryFile(mail)).attachments]
    assert names == ["a.png", "b_x0a.png"]


def children_of(pool):
    return [child._process for child in pool._idle.queue]


def test_a_child_that_dies_is_one_error(pool, page):
    (child,) = children_of(pool)
    child.send_signal(signal.SIGSEGV)
    child.wait()
    with pytest.raises(ImageUnreadable, match="its decoder was ended by SIGSEGV"):
        pool.decode(png(page), "upload")
    assert np.array_equal(pool.decode(png(page), "upload").pixels, page)


def test_a_child_that_takes_too_long_is_ended(page):
    with DecoderPool(1, seconds=1.0) as pool:
        assert pool.decode(png(page)).pixels.shape == page.shape
        (child,) = children_of(pool)
        os.kill(child.pid, signal.SIGSTOP)
        with pytest.raises(ImageUnreadable, match="took longer than 1 s"):
            pool.decode(png(page), "upload")
        assert child.poll() is not None


def test_a_child_that_takes_too_much_memory_says_so(page):
    with DecoderPool(1, most_bytes=60 << 20) as pool:
        assert pool.decode(png(page)).pixels.shape == page.shape
        with pytest.raises(ImageTooLarge, match="memory"):
            pool.decode(png(np.zeros((8000, 8000, 3), np.uint8)), "upload")
        assert pool.decode(png(page)).pixels.shape == page.shape


def test_children_end_with_the_pool():
    with DecoderPool(2) as pool:
        children = children_of(pool)
    assert all(child.poll() is not None for child in children)
