"""The coefficients of a large image: those of its JPEG, or of a copy that is made row by row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from forensics_rt.io.coefficients import CoefficientRows, CopiedCoefficients, stored_coefficients
from forensics_rt.io.header import Header
from forensics_rt.io.page_coefficients import COPIED, why_none
from forensics_rt.io.windowed import FileRows

KEPT_BYTES = 2
"""Of each pixel, while tiles are computed: a JPEG's own are read as a whole."""


def read_coefficients(
    source: FileRows, path: Path, limit: int | None
) -> tuple[CoefficientRows | None, Header]:
    """Return the coefficients of an image, and its header, which says if they are those of a copy.

    Args:
        source: The image.
        path: Its file.
        limit: Coefficients are clipped to ± so much; `None` for networks that read none.

    Raises:
        OptionalDependency: If the package that reads them is missing.
    """
    header = source.header
    if limit is None:
        return None, header
    reason = why_none(header)
    if reason is None:
        found = stored_coefficients(path.read_bytes(), (source.height, source.width), limit)
        if not isinstance(found, str):
            return found, header
        reason = found
    header = replace(header, conversions=(*header.conversions, COPIED + reason))
    return CopiedCoefficients(limit, header.name), header


def peak_bytes(source: FileRows, path: Path, limit: int | None) -> int | None:
    """Return what is held at once while the coefficients of a JPEG are read.

    Returns:
        0 where they are those of a copy; `None` where the networks read none.
    """
    if limit is None:
        return None
    if why_none(source.header) is not None:
        return 0
    # The library holds all components; luma is copied, and the file is in memory twice.
    pixels = source.height * source.width
    return 2 * source.header.samples + KEPT_BYTES * pixels + 2 * path.stat().st_size
