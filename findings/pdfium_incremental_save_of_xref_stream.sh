#!/usr/bin/env bash
# One would guess: saving a PDF incrementally with PDFium (FPDF_SaveAsCopy, FPDF_INCREMENTAL) appends
# a valid update, so that a note can be added to evidence while its bytes and signatures stay.
# What happens: where the file has a cross-reference stream (PDF 1.5, what most programs write), the
# appended one has no /Type /XRef and no endobj. PDFium opens the result; qpdf calls it damaged and
# rebuilds the table, and in a file locked with AES-256 it then misses pages. A file with
# a classic table is updated right.
# Why it matters: annotated copies of documents look right in a browser and are broken elsewhere.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pypdfium2==5.15.2 pikepdf==10.18.0

"$work/venv/bin/python" - <<'PYTHON'
import io
import sys

import pikepdf
import pypdfium2
from pypdfium2 import raw


def three_pages(**settings):
    pdf, file = pikepdf.Pdf.new(), io.BytesIO()
    for _ in range(3):
        pdf.add_blank_page(page_size=(200, 300))
    pdf.save(file, **settings)
    return file.getvalue()


def annotated(data, password, how):
    document = pypdfium2.PdfDocument(data, password=password)
    page = document[0]
    square = raw.FPDFPage_CreateAnnot(page, raw.FPDF_ANNOT_SQUARE)
    raw.FPDFAnnot_SetRect(square, raw.FS_RECTF(left=50, bottom=60, right=90, top=160))
    raw.FPDFPage_CloseAnnot(square)
    file = io.BytesIO()
    document.save(file, flags=how)
    return file.getvalue()


def complaints(data, password):
    with pikepdf.open(io.BytesIO(data), password=password or "") as pdf:
        pages = sum(1 for page in pdf.pages if page.mediabox is not None)
        return pages, [line for line in pdf.check_pdf_syntax() if "damaged" in line]


print("pypdfium2", pypdfium2.version.PYPDFIUM_INFO, "PDFium", pypdfium2.version.PDFIUM_INFO)
print("pikepdf", pikepdf.__version__, "qpdf", pikepdf.__libqpdf_version__)
streams = pikepdf.ObjectStreamMode.generate
lock = pikepdf.Encryption(owner="owner", user="user", R=6)
files = {
    "classic table": (three_pages(), None),
    "cross-reference stream": (three_pages(object_stream_mode=streams), None),
    "the same, AES-256": (three_pages(object_stream_mode=streams, encryption=lock), "user"),
}
seen = {}
for name, (data, password) in files.items():
    for how in (raw.FPDF_INCREMENTAL, raw.FPDF_NO_INCREMENTAL):
        way = "appended" if how == raw.FPDF_INCREMENTAL else "rewritten"
        saved = annotated(data, password, how)
        update = saved[len(data) :] if saved.startswith(data) else saved
        shown = len(pypdfium2.PdfDocument(saved, password=password))
        pages, damaged = complaints(saved, password)
        seen[name, way] = (bool(damaged), pages == 3)
        print(f"{name}, {way}: PDFium sees {shown} pages, qpdf {pages}; damaged: {bool(damaged)};",
              f"/XRef in what was written: {b'/XRef' in update}")
expected = {
    ("classic table", "appended"): (False, True),
    ("classic table", "rewritten"): (False, True),
    ("cross-reference stream", "appended"): (True, True),
    ("cross-reference stream", "rewritten"): (False, True),
    ("the same, AES-256", "appended"): (True, False),
    ("the same, AES-256", "rewritten"): (False, True),
}
if seen != expected:
    sys.exit(f"the behavior has changed: {seen}")
PYTHON
