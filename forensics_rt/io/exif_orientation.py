"""How a viewer turns an image, as EXIF and TIFF number it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

ORIENTATION = 0x0112


def exif_orientation(read_tags: Callable[[], Mapping[int, Any]]) -> int:
    """Return the orientation, 1 to 8; 1 where none is said, or none that exists.

    Args:
        read_tags: Reads the tags; where they are damaged the pixels are whole all the same.

    Example:
        >>> exif_orientation(lambda: {274: 6}), exif_orientation(dict)
        (6, 1)
    """
    try:
        found = read_tags().get(ORIENTATION, 1)
    except (SyntaxError, ValueError, OSError, struct.error):
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1
