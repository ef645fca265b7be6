#!/usr/bin/env bash
# One would guess: the Group 4 data of a PDF that Pillow writes from a black-and-white page ends with
# its end-of-block code, as in the standards of fax and PDF.
# What happens: behind that code stands the directory of the TIFF that Pillow made on the way, over a
# hundred bytes that no reader needs.
# Why it matters: whoever tells a damaged fax page by data that goes on behind its last row calls
# every such PDF damaged; and the bytes tell that the PDF was made by Pillow and by no scanner.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 pikepdf==10.18.0
"$work/venv/bin/python" - <<'PYTHON'
import io
import sys

import PIL
import pikepdf
from PIL import Image

page = Image.new("1", (64, 64), 1)
written = io.BytesIO()
page.save(written, "PDF")
with pikepdf.open(io.BytesIO(written.getvalue())) as document:
    (image,) = dict(document.pages[0].Resources.XObject).values()
    data = image.read_raw_bytes()
# EOFB: two end-of-line codes of twelve bits (ITU-T T.6), here behind 64 rows of one bit each.
bits = "".join(f"{byte:08b}" for byte in data)
end = bits.index("000000000001" * 2) + 24
rest = data[-(-end // 8):]
width_tag = (256).to_bytes(2, "little") + (3).to_bytes(2, "little") + (1).to_bytes(4, "little")
print(f"Pillow {PIL.__version__}: {len(data)} bytes, of which {len(rest)} stand behind the end of block")
print("a TIFF directory with the width of the page is among them:", width_tag in rest)
sys.exit(0 if len(rest) > 100 and width_tag in rest else 1)
PYTHON
