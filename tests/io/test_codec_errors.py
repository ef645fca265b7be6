"""What codecs say of a file becomes one line; memory that ran out is no damage."""

import cv2
import numpy as np
import pytest

from forensics_rt.errors import ImageTooLarge, ImageUnreadable
from forensics_rt.io.codec_errors import said_by
from forensics_rt.io.decode import decode
from forensics_rt.io.pdf.document import damage_told
from forensics_rt.io.raster import Image


def opencvs_own() -> cv2.error:
    """What OpenCV raises where it gets no memory; its text ends with a line break."""
    error = cv2.error("OpenCV(5.0.0) error: (-4) Failed to allocate 243000000 bytes\n")
    error.code = cv2.Error.StsNoMem
    return error


def test_several_lines_become_one():
    assert said_by(ValueError("broken\n  at byte 7\n")) == "broken at byte 7"


def test_memory_that_ran_out_is_raised_as_such():
    with pytest.raises(MemoryError, match="Failed to allocate"):
        said_by(opencvs_own())


def test_a_damaged_pdf_is_told_in_one_line():
    with pytest.raises(ImageUnreadable) as caught, damage_told("a.pdf"):
        raise RuntimeError("no\npages\n")

    assert str(caught.value) == "a.pdf: the PDF is truncated or damaged: no pages"


def test_memory_that_ran_out_does_not_make_a_file_damaged(monkeypatch, tmp_path):
    file = tmp_path / "page.png"
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(file)

    def starved(*given):
        raise opencvs_own()

    monkeypatch.setattr("forensics_rt.io.raster.pixels_of", starved)

    with pytest.raises(ImageTooLarge, match="needs more memory than is free"):
        decode(file)
