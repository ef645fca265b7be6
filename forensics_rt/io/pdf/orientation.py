"""How the stored samples of an image stand on a page, in EXIF's numbers."""

from __future__ import annotations

from forensics_rt.io.pdf.page_report import Matrix

# By where columns and rows lead to: along x and y, y upwards.
_ORIENTATIONS = {
    (1, 0, 0, 1): 1, (-1, 0, 0, 1): 2, (-1, 0, 0, -1): 3, (1, 0, 0, -1): 4,
    (0, -1, -1, 0): 5, (0, -1, 1, 0): 6, (0, 1, 1, 0): 7, (0, 1, -1, 0): 8,
}  # fmt: skip


def orientation_of(matrix: Matrix, turned: int) -> int:
    """Return EXIF's orientation of an image on a page.

    Args:
        matrix: From the unit square, y upwards, to the page.
        turned: By how many degrees a viewer turns the page clockwise.

    Example:
        >>> orientation_of((120, 0, 0, 90, 0, 0), 90)
        6
    """
    a, b, c, d, _, _ = matrix
    if abs(a) >= abs(b):
        columns, up = (_sign(a), 0), (0, _sign(d))
    else:
        columns, up = (0, _sign(b)), (_sign(c), 0)
    for _ in range(turned // 90):
        columns, up = (columns[1], -columns[0]), (up[1], -up[0])
    return _ORIENTATIONS[columns + up]


def _sign(number: float) -> int:
    return 1 if number >= 0 else -1
