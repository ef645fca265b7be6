"""3. A PDF: every page is an image, and some parts of a page are not in its pixels.

python examples/03_a_pdf.py CONTRACT.pdf
To try it: python examples/03_a_pdf.py tests/data/pdf/overlay_300dpi_resampled.pdf
"""

import sys

from forensics_rt import Detector, pages_of

with Detector() as detector:
    for detection in detector.stream(pages_of(sys.argv[1])):
        print(f"{detection.name}: {detection.verdict}")
        if detection.reason:
            print(f"  {detection.reason}")

        # Boxes in pixels of the scan, and in PDF units on the page.
        for region in detection.to_dict()["regions"]:
            print(f"  pixels {region['box']}, on the page {region['page_box']}")

        # What was painted over the scan, and what is in the file but not visible.
        for part in detection.overlays:
            print(f"  painted over the scan: {part.kind} at {part.box}")
        for part in detection.hidden:
            print(f"  hidden: {part.kind} at {part.box}")

        # Map, mask, overlay and JSON, and a copy of the PDF with a note at each region of the page.
        detection.save("out", pdf=True)

# `forensics-rt detect contract.pdf --annotate-pdf` writes one copy with the regions of all pages.
