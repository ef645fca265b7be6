#!/usr/bin/env bash
# Guess: a page drawn so that its scan has one pixel a sample gives the samples of the scan.
# Found: PDFium draws an image into every pixel that its place touches. Numbers are float32, so a
# place of exactly 2480 pixels often touches 2481, and the scan is resampled: over 99 % of the pixels
# change, by up to 255 levels on noise. A place that is 0.02 pixels smaller on each side is copied to
# the bit.
# Why it matters: whoever looks for traces of editing in the noise of a scan looks at noise that the
# reader made, and nothing says so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q pypdfium2==5.15.2 numpy==2.4.3 pillow==13.0.0
"$work/venv/bin/python" - <<'PYTHON'
import sys
import zlib
from importlib.metadata import version

import numpy as np
import pypdfium2
from pypdfium2 import raw

WIDTH, HEIGHT, PAGE = 2480, 3508, (595.276, 841.89)
samples = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def page_with_a_scan():
    data = zlib.compress(samples.tobytes(), 1)
    content = b"q %.3f 0 0 %.3f 0 0 cm /I Do Q" % PAGE
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.3f %.3f]/Contents 4 0 R"
        b"/Resources<</XObject<</I 5 0 R>>>>>>" % PAGE,
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
        b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (WIDTH, HEIGHT, len(data), data),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table, len(out))


document = pypdfium2.PdfDocument(page_with_a_scan())
page = document[0]


def share_of_samples_kept(inside):
    bitmap = pypdfium2.PdfBitmap.new_native(WIDTH, HEIGHT, raw.FPDFBitmap_BGRx)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, WIDTH, HEIGHT)
    across = (WIDTH - 2 * inside) / page.get_width()
    down = (HEIGHT - 2 * inside) / page.get_height()
    matrix = raw.FS_MATRIX(across, 0, 0, down, inside, inside)
    raw.FPDF_RenderPageBitmapWithMatrix(
        bitmap, page, matrix, raw.FS_RECTF(0, 0, WIDTH, HEIGHT), 0)
    drawn = bitmap.to_numpy()[:, :, 2::-1]
    return float((drawn == samples).all(axis=2).mean())


exactly, inside = share_of_samples_kept(0.0), share_of_samples_kept(0.02)
print(f"pypdfium2 {version('pypdfium2')}, {pypdfium2.PDFIUM_INFO}")
print(f"laid exactly on the pixels: {exactly:.2%} of the samples are kept")
print(f"0.02 pixels inside them:    {inside:.2%} of the samples are kept")
sys.exit(0 if exactly < 0.05 and inside == 1 else 1)
PYTHON
