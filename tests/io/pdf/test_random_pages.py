"""What is examined of random pages, held against a reader that shares no code with PDFium."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pypdfium2
import pytest

from forensics_rt.io.decode import decode
from tests.io.pdf.poppler import PDFTOPPM, apart, drawn_by_poppler
from tests.io.pdf.random_pages import random_page

# FORENSICS_RT_RANDOM_PAGES=2000 takes about ten minutes.
_PAGES = int(os.environ.get("FORENSICS_RT_RANDOM_PAGES", "80"))
_AT_ONCE = 20
# Levels that JPEG and other ways to smooth leave, and how large a spot of more must be to count.
_NOISE, _SPOT = 24, np.ones((7, 7), np.uint8)


@pytest.mark.skipif(PDFTOPPM is None, reason="needs poppler's pdftoppm")
@pytest.mark.parametrize("first", range(0, _PAGES, _AT_ONCE))
def test_random_pages_are_examined_as_poppler_shows_them(first, tmp_path):
    for seed in range(first, first + _AT_ONCE):
        page = random_page(seed)
        path = tmp_path / f"{seed}.pdf"
        path.write_bytes(page.data)
        found = decode(path)
        viewed = pypdfium2.PdfDocument(page.data)[0]
        drawn, shown = drawn_by_poppler(path, found, viewed.get_bbox(), viewed.get_rotation())
        different = (apart(found.pixels, drawn) > _NOISE) & shown
        spots = cv2.morphologyEx(different.astype(np.uint8), cv2.MORPH_OPEN, _SPOT)
        assert not spots.any(), f"page {seed}: {page.made_of}"
        assert max(found.density) >= 0.98 * page.least_density, f"page {seed}: {page.made_of}"
        if page.density:
            assert max(found.density) == pytest.approx(page.density, rel=0.02), (
                f"page {seed}: {page.made_of}"
            )
