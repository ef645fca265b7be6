"""Matrices and boxes of a page, as PDF has them: y upwards, a matrix as its six numbers."""

from __future__ import annotations

from forensics_rt.io.pdf.page_report import Matrix, PixelBox, PointBox


def then(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that does one thing, then another.

    Example:
        >>> then((2, 0, 0, 2, 0, 0), (1, 0, 0, 1, 5, 0))
        (2, 0, 0, 2, 5, 0)
    """
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def is_invertible(matrix: Matrix) -> bool:
    """Tell whether a matrix leaves an area of what it places, and not a line or a point."""
    a, b, c, d, _, _ = matrix
    return abs(a * d - b * c) > 1e-9


def inverse(matrix: Matrix) -> Matrix:
    """Return the matrix that undoes one.

    Raises:
        ValueError: If it lays everything onto a line.
    """
    if not is_invertible(matrix):
        raise ValueError("a transformation matrix of the page cannot be inverted")
    a, b, c, d, e, f = matrix
    area = a * d - b * c
    return (
        d / area,
        -b / area,
        -c / area,
        a / area,
        (c * f - d * e) / area,
        (b * e - a * f) / area,
    )


def box_of(matrix: Matrix, box: PointBox) -> PointBox:
    """Return the smallest upright box around a box that a matrix has moved.

    Example:
        >>> box_of((0, 1, -1, 0, 0, 0), (0, 0, 2, 1))
        (-1, 0, 0, 2)
    """
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def page_box(box: PixelBox, to_page: Matrix) -> PointBox:
    """Return where a box of pixels lies on the page, as PDF annotations have it.

    Args:
        box: (left, top, width, height) in pixels, y downwards.
        to_page: From edges of pixels to units of the page, y upwards: see `PageReport`.

    Returns:
        (left, bottom, right, top) in units of the page, before a viewer turns it.

    Example:
        >>> page_box((0, 0, 10, 20), (0.5, 0, 0, -0.5, 0, 100))
        (0.0, 90.0, 5.0, 100.0)
    """
    left, top, width, height = box
    return box_of(to_page, (left, top, left + width, top + height))


def common(first: PointBox, second: PointBox) -> PointBox | None:
    """Return what two boxes have in common, or `None`."""
    left, low = max(first[0], second[0]), max(first[1], second[1])
    right, high = min(first[2], second[2]), min(first[3], second[3])
    return (left, low, right, high) if left < right and low < high else None


def around(boxes: list[PointBox]) -> PointBox:
    """Return the smallest box that holds all of several."""
    lefts, lows, rights, highs = zip(*boxes, strict=True)
    return min(lefts), min(lows), max(rights), max(highs)


def area_of(box: PointBox | None) -> float:
    """Return the area of a box; 0 for none."""
    return 0.0 if box is None else (box[2] - box[0]) * (box[3] - box[1])


def is_upright(matrix: Matrix, slack: float = 0.02) -> bool:
    """Tell whether a matrix turns by quarters alone, but for a little.

    Example:
        >>> is_upright((0, 90, -120, 0, 0, 0)), is_upright((9, 9, -9, 9, 0, 0))
        (True, False)
    """
    a, b, c, d, _, _ = matrix
    upright, turned = max(abs(a), abs(d)), max(abs(b), abs(c))
    return min(upright, turned) <= slack * max(upright, turned)
