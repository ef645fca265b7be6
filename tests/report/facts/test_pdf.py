"""What a PDF says of itself."""

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from forensics_rt.report.facts.pdf import pdf_facts
from forensics_rt.report.facts.pdf_images import jpegs_of
from forensics_rt.report.facts.pdf_revisions import revisions_of
from forensics_rt.report.facts.tables import pdf_tables
from tests.io.pdf.pdf_documents import attach, blank, bytes_of

PICTURE = Image.new("RGB", (40, 30), "white")


def scan_in_pdf() -> bytes:
    stream = io.BytesIO()
    PICTURE.save(stream, "PDF")
    return stream.getvalue()


def added_to(data: bytes) -> bytes:
    """Save again as editors do that only add: a new info behind what is there."""
    start = data.rindex(b"startxref") + len(b"startxref\n")
    before = int(data[start:].split()[0])
    place = len(data)
    body = b"99 0 obj\n<< /Producer (Editor 2) >>\nendobj\n"
    table = f"xref\n99 1\n{place:010} 00000 n \n".encode()
    trailer = b"trailer\n<< /Size 100 /Prev %d /Root 1 0 R /Info 99 0 R >>\n" % before
    end = b"startxref\n%d\n%%%%EOF\n" % (place + len(body))
    return data + body + table + trailer + end


def test_each_save_that_only_adds_is_counted():
    once = scan_in_pdf()

    assert revisions_of(once).incremental_saves == 0
    assert revisions_of(added_to(added_to(once))).incremental_saves == 2


def test_a_file_for_the_web_was_saved_once():
    stream = io.BytesIO()
    blank(200, 300).save(stream, linearize=True)

    found = revisions_of(stream.getvalue())

    assert found.linearized and found.ends == 2 and found.incremental_saves == 0


def test_producer_and_title_are_as_the_file_says():
    with pikepdf.open(io.BytesIO(scan_in_pdf())) as pdf:
        pdf.docinfo["/Producer"] = String("<script>x</script>")
        pdf.docinfo["/Title"] = String("合同 عقد")
        data = bytes_of(pdf)

    said = {fact.label: fact.value for fact in pdf_facts(data).info}

    assert said["Producer"] == "<script>x</script>" and said["Title"] == "合同 عقد"


def test_images_and_their_jpegs_are_found():
    data = scan_in_pdf()

    assert pdf_facts(data).images == (("DCTDecode", 1),)
    (place, stream) = jpegs_of(data)[0]
    assert place == "on page 1 (40×30)" and stream.startswith(b"\xff\xd8")


def signed(covered: list[int]) -> bytes:
    with pikepdf.open(io.BytesIO(bytes_of(blank(200, 300)))) as pdf:
        value = Dictionary(Type=Name.Sig, Name=String("A. Clerk"), ByteRange=Array(covered))
        field = pdf.make_indirect(Dictionary(FT=Name.Sig, T=String("s"), V=value))
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
        return bytes_of(pdf)


def test_a_signature_says_who_and_whether_bytes_were_added_after_it():
    (short,) = pdf_facts(signed([0, 10, 20, 30])).signatures
    (whole,) = pdf_facts(signed([0, 10, 20, 10**6])).signatures

    assert (short.name, short.covers_all, whole.covers_all) == ("A. Clerk", False, True)


def test_fonts_attachments_and_annotations_are_listed():
    with pikepdf.open(io.BytesIO(bytes_of(blank(200, 300)))) as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        pdf.pages[0].obj.Resources = Dictionary(Font=Dictionary(F1=pdf.make_indirect(font)))
        pdf.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Stamp)])
        found = pdf_facts(bytes_of(attach(pdf, {"a.txt": b"x"})))

    assert found.fonts == (("Helvetica", False),)
    assert found.active == ("attached files",)
    assert ("Stamp", 1) in found.annotations


@pytest.mark.parametrize("keep", [0, 9, 100, 400])
def test_of_a_damaged_file_its_bytes_are_counted(keep):
    found = pdf_facts(scan_in_pdf()[:keep])

    assert found.damaged is not None
    assert next(pdf_tables(found)).facts[0].label == "cannot be read whole"


def test_strange_objects_in_place_of_usual_ones_are_no_error():
    with pikepdf.open(io.BytesIO(scan_in_pdf())) as pdf:
        pdf.Root.AcroForm = Array([1, 2])
        pdf.Root.OCProperties = Name.Strange
        pdf.Root.Names = String("names")
        pdf.pages[0].obj.Annots = Array([1, String("x")])
        pdf.pages[0].obj.Resources.Font = Dictionary(F=Array([]))
        found = pdf_facts(bytes_of(pdf))

    assert found.damaged is None and found.fonts == (("unnamed", False),)
