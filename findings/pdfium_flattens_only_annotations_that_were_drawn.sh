#!/usr/bin/env bash
# Guess: FPDFPage_Flatten puts every annotation that a viewer shows into the content of its page.
# Found: an annotation without an appearance stream, which viewers draw from its color and its box,
# is dropped, though the call says that it flattened. Once the page has been drawn with FPDF_ANNOT, if
# only into one pixel far away, PDFium has made up an appearance, and the annotation is kept.
# Why it matters: a frame or a highlight laid over a scanned amount is gone from what is examined,
# printed or archived, without a word.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q pypdfium2==5.15.2 numpy==2.4.3 pillow==13.0.0
"$work/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import pypdfium2
from pypdfium2 import raw

OBJECTS = [
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Annots[4 0 R]>>",
    b"<</Type/Annot/Subtype/Square/F 4/Rect[20 20 80 80]/C[1 0 0]/IC[1 0 0]>>",
]


def file():
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(OBJECTS, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table, len(out))


def red_pixels(page, flags):
    bitmap = pypdfium2.PdfBitmap.new_native(100, 100, raw.FPDFBitmap_BGRx)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, 100, 100)
    raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, 100, 100, 0, flags)
    drawn = bitmap.to_numpy()
    return int(((drawn[:, :, 2] > 200) & (drawn[:, :, 0] < 50)).sum())


def after_flattening(draw_first):
    document = pypdfium2.PdfDocument(file())
    page = document[0]
    if draw_first:
        red_pixels(page, raw.FPDF_ANNOT)
    said = raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()
    return said, red_pixels(document[0], 0)


shown = red_pixels(pypdfium2.PdfDocument(file())[0], raw.FPDF_ANNOT)
at_once, once_drawn = after_flattening(False), after_flattening(True)
print(f"pypdfium2 {version('pypdfium2')}, {pypdfium2.PDFIUM_INFO}")
print(f"drawn with annotations: {shown} red pixels")
print(f"flattened at once: said {at_once[0]} (1 is success), {at_once[1]} red pixels")
print(f"flattened once drawn: said {once_drawn[0]}, {once_drawn[1]} red pixels")
sys.exit(0 if shown > 3000 and at_once[1] == 0 and once_drawn[1] > 3000 else 1)
PYTHON
