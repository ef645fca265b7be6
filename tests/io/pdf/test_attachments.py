import pickle
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from forensics_rt import Attachment, Page, attachments_of, pages_of
from forensics_rt.errors import ImageNotFound, ImageTooLarge, ImageUnreadable
from forensics_rt.io.decode import decode
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.pdf import attachment as attachment_module
from forensics_rt.io.pdf.attachments import attachment_list
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.size import pixel_count
from tests.io.images import encode, noise
from tests.io.pdf.pdf_documents import as_portfolio, attach, blank, bytes_of, pin, scanned


@pytest.fixture
def scan() -> Image.Image:
    return Image.fromarray(noise())


@pytest.fixture
def mail(tmp_path, scan) -> Path:
    """A letter with a photograph, a contract of two pages and a text attached."""
    path = tmp_path / "mail.pdf"
    contract = bytes_of(scanned(scan, Image.fromarray(noise(80, 96))))
    files = {"photo.png": encode("PNG"), "contract.pdf": contract, "notes.txt": b"hello"}
    path.write_bytes(bytes_of(attach(blank(200, 300), files)))
    return path


def test_attached_files_are_listed_by_name_and_examined_like_files(mail):
    contract, notes, photo = attachments_of(mail)

    assert [str(one) for one in (contract, notes, photo)] == [
        f"{mail}-attachment-{name}" for name in ("contract.pdf", "notes.txt", "photo.png")
    ]
    decoded = decode(photo)
    assert np.array_equal(decoded.pixels, noise()) and decoded.name == str(photo)
    second = decode(pages_of(contract)[1])
    assert second.pixels.shape == (80, 96, 3) and second.page == 2
    assert second.name == f"{mail}-attachment-contract.pdf-page2"
    assert pixel_count(photo) == 2400 and pixel_count(Page(contract, 2)) == 7680
    with pytest.raises(ImageUnreadable, match=r"attachment-notes\.txt: not an image in a known"):
        decode(notes)


@pytest.mark.parametrize("give", [str, Path, Path.read_bytes, lambda path: path.open("rb")])
def test_the_pdf_may_be_given_in_any_way(mail, give):
    assert [one.file_name for one in attachments_of(give(mail))] == [
        "contract.pdf",
        "notes.txt",
        "photo.png",
    ]


def test_files_pinned_to_pages_and_associated_with_them_are_listed_once(scan):
    pdf = pin(attach(blank(200, 300), {"a.png": encode("PNG")}), "pinned.png", encode("PNG"))
    pinned = pdf.pages[0].obj.Annots[0].FS
    pdf.Root.AF = pikepdf.Array([pinned])
    assert [one.file_name for one in attachments_of(bytes_of(pdf))] == ["a.png", "pinned.png"]


def test_a_portfolio_is_told_from_a_letter_with_attachments(mail):
    portfolio = as_portfolio(attach(blank(200, 300), {"a.png": encode("PNG")}))
    assert attachment_list(MemoryFile(bytes_of(portfolio))).portfolio
    assert not attachment_list(mail).portfolio


def test_a_locked_pdf_opens_its_attachments_by_its_password(scan):
    data = bytes_of(attach(scanned(scan), {"a.png": encode("PNG")}), "sesame")

    (photo,) = attachments_of(data, "sesame")

    decoded = decode(photo, options=ReadOptions(password="sesame"))
    assert np.array_equal(decoded.pixels, noise())
    assert pixel_count(photo) == 0 and pixel_count(photo, "sesame") == 2400
    for refused in (lambda: attachments_of(data), lambda: decode(photo)):
        with pytest.raises(ImageUnreadable, match=r"needs a password; give it with `password`"):
            refused()


def test_an_attachment_may_be_compared_and_pickled(mail):
    first, *_ = attachments_of(mail)
    assert pickle.loads(pickle.dumps(first)) == first == Attachment(mail, 1, "contract.pdf")
    assert len({first, *attachments_of(mail)}) == 3


def test_a_name_leads_out_of_no_folder_and_is_never_too_long():
    for name, expected in {
        "../../etc/pass\x1bwd": "pass_x1bwd",
        "..\\up.png": "up.png",
        'a:b?<c>"|*.png': "a_b__c____.png",
        "n" * 300 + ".png": "n" * 96 + ".png",
        "頁" * 100 + ".png": "頁" * 32 + ".png",
        "folder/": "unnamed",
        "": "unnamed",
    }.items():
        (found,) = attachments_of(bytes_of(pin(blank(200, 300), name, b"x")))
        assert found.file_name == expected


def test_more_bytes_than_are_read_of_one_are_refused_before_they_fill_the_memory(monkeypatch):
    monkeypatch.setattr(attachment_module, "MOST_BYTES", 1 << 20)
    pdf = blank(200, 300)
    pdf = pin(pdf, "bomb.png", b"")
    packed = pdf.pages[0].obj.Annots[0].FS.EF.F
    packed.write(zlib.compress(bytes(64 << 20)), filter=pikepdf.Name.FlateDecode)

    (bomb,) = attachments_of(bytes_of(pdf))

    with pytest.raises(
        ImageTooLarge, match=r"bomb\.png: the attachment is larger than the limit of 1 MB"
    ):
        decode(bomb)
    assert pixel_count(bomb) == 0


@pytest.mark.parametrize(
    ("data", "filters", "cause"),
    [
        (b"no deflated bytes", "/FlateDecode", "the attachment is damaged"),
        (zlib.compress(encode("PNG"))[:-30], "/FlateDecode", "the attachment is truncated"),
        (b"", "/FlateDecode", "the file is empty"),
        (b"2A>", "/DCTDecode", "has filter /DCTDecode; extract it"),
    ],
)
def test_an_attachment_that_cannot_be_read_says_why(data, filters, cause):
    pdf = pin(blank(200, 300), "a.png", b"")
    pdf.pages[0].obj.Annots[0].FS.EF.F.write(data, filter=pikepdf.Name(filters))
    file = bytes_of(pdf)
    with pytest.raises(ImageUnreadable, match=cause):
        decode(attachments_of(file)[0])


def test_a_file_that_changes_between_is_noticed(mail, scan):
    contract, *_ = attachments_of(mail)
    assert len(pages_of(contract)) == 2

    mail.write_bytes(bytes_of(attach(blank(200, 300), {"contract.pdf": bytes_of(scanned(scan))})))
    assert len(pages_of(contract)) == 1, "what was read before is not taken for it"

    mail.write_bytes(bytes_of(blank(200, 300)))
    with pytest.raises(ImageUnreadable, match="no longer holds this attachment; list"):
        decode(contract)


def test_wherever_a_pdf_is_cut_its_attachments_are_read_or_refused(mail):
    whole = mail.read_bytes()
    read = 0
    for length in range(0, len(whole), max(1, len(whole) // 100)):
        try:
            for attachment in attachments_of(whole[:length]):
                read += bool(attachment.load().data)
        except ImageUnreadable as error:
            assert str(error).startswith("<bytes>")
    assert read, "qpdf finds again what is whole"


def test_of_images_nothing_is_listed_and_of_what_is_no_pdf_an_error(tmp_path):
    (tmp_path / "photo.png").write_bytes(encode("PNG"))
    assert attachments_of(tmp_path / "photo.png") == ()
    with pytest.raises(ImageNotFound, match="no such file"):
        attachments_of(tmp_path / "missing.pdf")
    with pytest.raises(ImageUnreadable, match="truncated or damaged"):
        attachments_of(b"%PDF-1.7")
    with pytest.raises(
        ImageUnreadable, match="a file must be a path, bytes or an open file, got i"
    ):
        attachments_of(7)
