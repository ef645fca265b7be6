"""What stands before the pixels of a JPEG, also where the file ends too soon."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from forensics_rt.io.jpeg_scan import decodes_row_by_row, jpeg_depth


def jpeg(progressive: bool) -> bytes:
    file = io.BytesIO()
    pixels = np.arange(48 * 40 * 3, dtype=np.uint8).reshape(48, 40, 3)
    Image.fromarray(pixels).save(file, "JPEG", progressive=progressive)
    return file.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
def test_one_scan_of_all_components_comes_row_by_row(progressive):
    assert jpeg_depth(jpeg(progressive)) == 8
    assert decodes_row_by_row(jpeg(progressive)) is not progressive


@pytest.mark.parametrize("progressive", [False, True])
def test_a_file_that_ends_anywhere_is_no_error(progressive):
    whole = jpeg(progressive)
    for end in range(len(whole)):
        assert jpeg_depth(whole[:end]) in (None, 8)
        assert decodes_row_by_row(whole[:end]) in (True, False)
