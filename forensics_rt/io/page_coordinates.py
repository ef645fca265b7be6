"""From pixels of the examined image to the units of its PDF page."""

from __future__ import annotations

from forensics_rt.io.page_report import Matrix, PixelBox, PointBox


def page_box(box: PixelBox, to_page: Matrix) -> PointBox:
    """Return where a box of pixels lies on the page, as PDF annotations have it.

    Args:
        box: (left, top, width, height) in pixels, y downwards.
        to_page: From edges of pixels to units of the page, y upwards: see `PageReport`.

    Returns:
        (left, bottom, right, top) in units of the page, before it is turned by its `/Rotate`.

    Example:
        >>> page_box((0, 0, 10, 20), (0.5, 0, 0, -0.5, 0, 100))
        (0.0, 90.0, 5.0, 100.0)
    """
    left, top, width, height = box
    a, b, c, d, e, f = to_page
    corners = [(x, y) for x in (left, left + width) for y in (top, top + height)]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)
