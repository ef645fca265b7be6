"""Cutting the coefficients of a JPEG as crops are cut, in whole blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forensics_rt.io.coefficients import BLOCK, Coefficients


def cut_coefficients(
    whole: Coefficients, top: int, left: int, height: int, width: int
) -> Coefficients:
    """Cut the coefficients of a part of an image; 0 where the image has no blocks.

    Args:
        whole: Those of the image.
        top: Upper edge of the part, a multiple of 8.
        left: Left edge, a multiple of 8.
        height: Of the part; rounded up to whole blocks.
        width: The same.

    Raises:
        ValueError: If the part starts inside a block.

    Example:
        >>> page = Coefficients(np.ones((16, 16), np.int16), np.ones((8, 8), np.uint16))
        >>> int(cut_coefficients(page, 8, 8, 16, 16).dct.sum())
        64
    """
    if top % BLOCK or left % BLOCK:
        raise ValueError(
            f"coefficients must be cut in whole blocks, but the part starts at ({left}, {top})"
        )
    rows, columns = (BLOCK * -(-side // BLOCK) for side in (height, width))
    dct = np.zeros((rows, columns), np.int16)
    there = whole.dct[top : top + rows, left : left + columns]
    dct[: there.shape[0], : there.shape[1]] = there
    return replace(whole, dct=dct)
